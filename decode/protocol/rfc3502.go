package protocol

var rfc3502 = []Row{
	{Name: "MULTIAPPEND", Kind: Capability, Dialect: Extension, Ref: rfc(3502, "6.3.11. APPEND Command", 3),
		Plain: "One APPEND can add several messages."},
}
