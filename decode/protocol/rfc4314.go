package protocol

var rfc4314 = []Row{
	{Name: "GETACL", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox", Ref: only(4314),
		Plain:  "Asks who may do what with a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{ArgValue, RoleMailbox}}},
	{Name: "SETACL", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights", Ref: only(4314),
		Plain:  "Sets what someone may do with a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{ArgValue, RoleMailbox}, {ArgValue, RoleUserID}, {ArgValue, RoleNone}}},
	{Name: "DELETEACL", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier", Ref: only(4314),
		Plain:  "Takes back what someone was allowed to do with a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{ArgValue, RoleMailbox}, {ArgValue, RoleUserID}}},
	{Name: "LISTRIGHTS", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier", Ref: only(4314),
		Plain:  "Asks which rights someone could be given on a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{ArgValue, RoleMailbox}, {ArgValue, RoleUserID}}},
	{Name: "MYRIGHTS", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox", Ref: only(4314),
		Plain:  "Asks what this user may do with a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{ArgValue, RoleMailbox}}},

	{Name: "ACL", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights ...", Ref: only(4314),
		Plain: "Who may do what with a mailbox."},
	{Name: "LISTRIGHTS", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights ...", Ref: only(4314),
		Plain: "Which rights someone could be given on a mailbox."},
	{Name: "MYRIGHTS", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox rights", Ref: only(4314),
		Plain: "What this user may do with a mailbox."},
}
