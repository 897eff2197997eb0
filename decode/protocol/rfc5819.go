package protocol

var rfc5819 = []Row{
	{Name: "LIST-STATUS", Kind: Capability, Dialect: Extension, Ref: rfc(5819, "6. IANA Considerations", 4),
		Plain: "LIST can report what STATUS does."},
}
