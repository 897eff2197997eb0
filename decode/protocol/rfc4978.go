package protocol

var rfc4978 = []Row{
	// compress = "COMPRESS" SP algorithm (RFC 4978, 5)
	{Name: "COMPRESS", Kind: Command, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Syntax: "algorithm", Ref: rfc(4978, "3. The COMPRESS Command", 3),
		Plain:  "Starts compression: everything after the server's OK is compressed.",
		States: In(NotAuthenticated, Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleAlgorithm}}, Effect: Compresses},

	{Name: "COMPRESSIONACTIVE", Kind: Code, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Ref: rfc(4978, "3. The COMPRESS Command", 3),
		Plain: "Compression is already active in another layer, such as TLS.",
		Args:  []Arg{}},

	{Name: "COMPRESS=DEFLATE", Kind: Capability, Dialect: Extension, Ref: rfc(4978, "1. Introduction and Overview", 2),
		Plain:   "The client can start compression by DEFLATE.",
		Promise: "The client may send COMPRESS DEFLATE; after the OK both directions are compressed."},
}
