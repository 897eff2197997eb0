package protocol

var rfc4978 = []Row{
	{Name: "COMPRESS", Kind: Command, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Syntax: "algorithm", Ref: rfc(4978, "3. The COMPRESS Command", 3),
		Plain:  "Starts compression: everything after the server's OK is compressed.",
		States: In(NotAuthenticated, Authenticated, Selected), Effect: Compresses},

	{Name: "COMPRESSIONACTIVE", Kind: Code, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Ref: rfc(4978, "3. The COMPRESS Command", 3),
		Plain: "Compression is already active."},

	{Name: "COMPRESS=DEFLATE", Kind: Capability, Dialect: Extension, Ref: rfc(4978, "7. IANA Considerations", 6),
		Plain: "The connection can be compressed."},
}
