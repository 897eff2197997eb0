package protocol

var rfc5464 = []Row{
	{Name: "GETMETADATA", Kind: Command, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox entries", Ref: only(5464),
		Plain:  "Asks for annotations of a mailbox or the server.",
		States: In(Authenticated, Selected), Claims: []Claim{{"METADATA", Always, 1}}},
	{Name: "SETMETADATA", Kind: Command, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...)", Ref: only(5464),
		Plain:  "Changes annotations of a mailbox or the server.",
		States: In(Authenticated, Selected)},

	{Name: "METADATA", Kind: Response, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...)", Ref: only(5464),
		Plain: "Annotations of a mailbox or the server.",
		Args:  []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
}
