package protocol

var rfc3516 = []Row{
	{Name: "BINARY[]", Kind: FetchItem, Dialect: Extension, Capability: "BINARY", Ref: only(3516),
		Plain: "One part of the message, decoded by the server."},
	{Name: "BINARY.PEEK[]", Kind: FetchItem, Dialect: Extension, Capability: "BINARY", Ref: only(3516),
		Plain: "One part of the message, decoded by the server, without marking it as read."},
	{Name: "BINARY.SIZE[]", Kind: FetchItem, Dialect: Extension, Capability: "BINARY", Ref: only(3516),
		Plain: "The size of one decoded part of the message, in bytes."},

	{Name: "BINARY[]", Kind: Property, Dialect: Extension, Capability: "BINARY", Syntax: "string", Ref: only(3516),
		Plain: "One part of the message, decoded by the server."},
	{Name: "BINARY.SIZE[]", Kind: Property, Dialect: Extension, Capability: "BINARY", Syntax: "number", Ref: only(3516),
		Plain: "The size of one decoded part of the message, in bytes."},
}
