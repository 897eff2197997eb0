package protocol

var rfc4978 = []Row{
	{Name: "COMPRESS", Kind: Command, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Syntax: "algorithm", Ref: rfc(4978, "3. The COMPRESS Command", 3),
		Plain:  "Asks to compress everything that follows the server's OK.",
		States: In(NotAuthenticated, Authenticated, Selected), Effect: Compresses},

	{Name: "COMPRESSIONACTIVE", Kind: Code, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Ref: rfc(4978, "3. The COMPRESS Command", 3),
		Plain: "What follows is compressed already."},
}
