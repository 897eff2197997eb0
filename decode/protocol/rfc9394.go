package protocol

var rfc9394 = []Row{
	{Name: "PARTIAL", Kind: Capability, Dialect: Extension, Ref: rfc(9394, "3. The PARTIAL Extension", 0),
		Plain: "Search results can be reported in portions."},
}
