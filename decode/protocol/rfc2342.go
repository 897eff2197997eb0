package protocol

var rfc2342 = []Row{
	{Name: "NAMESPACE", Kind: Command, Dialect: Extension, Capability: "NAMESPACE", Ref: rfc(2342, "5. NAMESPACE Command", 3),
		Plain:  "Asks for the prefixes of personal, other users' and shared mailboxes.",
		States: In(Authenticated, Selected), Args: []Arg{},
		Claims: []Claim{{"NAMESPACE", Always, 1}}},
	{Name: "NAMESPACE", Kind: Response, Effect: GivesNamespaces, Dialect: Extension, Capability: "NAMESPACE", Syntax: "personal others shared", Ref: rfc(2342, "5. NAMESPACE Command", 3),
		Plain: "The prefixes of personal, other users' and shared mailboxes.",
		Args:  []Arg{namespace, namespace, namespace}},

	{Name: "NAMESPACE", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(2342, "4. Requirements", 3),
		Plain:   "The client can ask for the prefixes of mailbox names.",
		Promise: "The client may send NAMESPACE; the server answers with the prefixes of personal, other users' and shared mailboxes."},
}
