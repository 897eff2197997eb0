package protocol

var rfc8970 = []Row{
	{Name: "PREVIEW", Kind: FetchItem, Dialect: Extension, Capability: "PREVIEW", Ref: rfc(8970, "3.1. Command", 0),
		Plain: "The beginning of the message's text, for a list."},

	{Name: "PREVIEW", Kind: Property, Dialect: Extension, Capability: "PREVIEW", Syntax: "string", Ref: rfc(8970, "3.2. Response", 0),
		Plain: "The beginning of the message's text, for a list."},

	{Name: "PREVIEW", Kind: Capability, Dialect: Extension, Ref: rfc(8970, "1. Introduction", 0),
		Plain: "The server can make previews of messages."},
}
