package protocol

var rfc2342 = []Row{
	{Name: "NAMESPACE", Kind: Command, Dialect: Extension, Capability: "NAMESPACE", Ref: rfc(2342, "5. NAMESPACE Command", 3),
		Plain:  "Asks where personal, other people's and shared mailboxes begin in the tree of names.",
		States: In(Authenticated, Selected),
		Claims: []Claim{{"NAMESPACE", Always, 1}}},
	{Name: "NAMESPACE", Kind: Response, Dialect: Extension, Capability: "NAMESPACE", Syntax: "personal others shared", Ref: rfc(2342, "5. NAMESPACE Command", 3),
		Plain: "Where personal, other people's and shared mailboxes begin in the tree of names."},
}
