package protocol

var rfc5819 = []Row{
	{Name: "LIST-STATUS", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(5819, "6. IANA Considerations", 4),
		Plain:   "LIST can report what STATUS reports, for every mailbox listed.",
		Promise: "The client may send LIST … RETURN (STATUS (…)); the server adds a STATUS response for each mailbox."},

	// status-option = "STATUS" SP "(" status-att *(SP status-att) ")" (RFC 5819, 5)
	{Name: "STATUS", Kind: ListReturn, Dialect: Extension, Capability: "LIST-STATUS", Syntax: "(status_items)", Ref: rfc(5819, "2. STATUS Return Option to LIST Command", 2),
		Plain: "What STATUS reports, for each mailbox.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgName, Word: StatusItem, Repeat: true}}}}},
}
