package protocol

var rfc6154 = []Row{
	{Name: "XLIST", Kind: Command, Dialect: Extension, Capability: "XLIST", Syntax: "reference pattern", Obsolete: true, Ref: only(6154),
		Plain:  "One mail service's own LIST, which says what each mailbox is for; LIST learned it later.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleReference}, {Form: ArgValue, Role: RolePattern}}, Effect: Finds,
		Claims: []Claim{{"XLIST", Always, 1}}},
	{Name: "XLIST", Kind: Response, Dialect: Extension, Capability: "XLIST", Syntax: "(attributes) delimiter mailbox", Obsolete: true, Ref: only(6154),
		Plain:  "One mailbox and what it is for, in one mail service's own form of LIST.",
		Effect: Names,
		Args:   []Arg{{Form: ArgValue}, {Form: ArgValue, Role: RoleReference}, {Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
	{Name: `\All`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox shows all of the user's messages."},
	{Name: `\Archive`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox is for messages put away."},
	{Name: `\Drafts`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox is for messages not finished yet."},
	{Name: `\Junk`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox is for junk."},
	{Name: `\Sent`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox is for messages the user sent."},
	{Name: `\Trash`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox is for messages thrown away."},
}
