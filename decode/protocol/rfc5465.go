package protocol

var rfc5465 = []Row{
	{Name: "NOTIFY", Kind: Command, Dialect: Extension, Capability: "NOTIFY", Syntax: "SET ... / NONE", Ref: only(5465),
		Plain:  "Says of which mailboxes and events the server should tell news at once.",
		States: In(Authenticated, Selected)},
}
