package protocol

var rfc3502 = []Row{
	{Name: "MULTIAPPEND", Kind: Capability, Dialect: Extension, Ref: rfc(3502, "Introduction", 1),
		Plain:   "One APPEND can add several messages.",
		Promise: "The client may give several messages to one APPEND; the server adds all of them or none."},
}
