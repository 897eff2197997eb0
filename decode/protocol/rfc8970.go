package protocol

var rfc8970 = []Row{
	{Name: "PREVIEW", Kind: FetchItem, Dialect: Extension, Capability: "PREVIEW", Ref: only(8970),
		Plain: "The first words of the message, for a list."},

	{Name: "PREVIEW", Kind: Property, Dialect: Extension, Capability: "PREVIEW", Syntax: "string", Ref: only(8970),
		Plain: "The first words of the message, for a list."},
}
