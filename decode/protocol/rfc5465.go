package protocol

var rfc5465 = []Row{
	{Name: "NOTIFY", Kind: Command, Dialect: Extension, Capability: "NOTIFY", Syntax: "SET ... / NONE", Ref: only(5465),
		Plain:  "Selects the mailboxes and events that the server reports as they happen.",
		States: In(Authenticated, Selected)},
}
