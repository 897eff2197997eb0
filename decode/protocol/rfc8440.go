package protocol

var rfc8440 = []Row{
	{Name: "LIST-MYRIGHTS", Kind: Capability, Dialect: Extension, Ref: rfc(8440, "1. Introduction", 2),
		Plain:   "LIST can report the rights on each mailbox.",
		Promise: "The client may send LIST … RETURN (MYRIGHTS); the server adds a MYRIGHTS response for each mailbox."},

	{Name: "MYRIGHTS", Kind: ListReturn, Dialect: Extension, Capability: "LIST-MYRIGHTS", Ref: rfc(8440, "3. MYRIGHTS Return Option to LIST Command", 3),
		Plain: "What the user is allowed to do in each mailbox."},
}
