package protocol

var rfc8970 = []Row{
	{Name: "PREVIEW", Kind: FetchItem, Dialect: Extension, Capability: "PREVIEW", Ref: only(8970),
		Plain: "The beginning of the message's text, for a list."},

	{Name: "PREVIEW", Kind: Property, Dialect: Extension, Capability: "PREVIEW", Syntax: "string", Ref: only(8970),
		Plain: "The beginning of the message's text, for a list."},
}
