package protocol

var rfc3502 = []Row{
	{Name: "MULTIAPPEND", Kind: Capability, Dialect: Extension, Ref: rfc(3502, "Introduction", 1),
		Plain: "One APPEND can add several messages."},
}
