package protocol

var rfc6154 = []Row{
	{Name: "XLIST", Kind: Command, Dialect: Extension, Capability: "XLIST", Syntax: "reference pattern", Obsolete: true, Ref: only(6154),
		Plain:  "A vendor's LIST that reports what each mailbox is for; LIST does so now.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleReference}, {Form: ArgValue, Role: RolePattern}}, Effect: Finds,
		Claims: []Claim{{"XLIST", Always, 1}}},
	{Name: "XLIST", Kind: Response, Dialect: Extension, Capability: "XLIST", Syntax: "(attributes) delimiter mailbox", Obsolete: true, Ref: only(6154),
		Plain:  "A mailbox and what it is for, in a vendor's form of LIST.",
		Effect: Names,
		Args:   []Arg{{Form: ArgValue}, {Form: ArgValue, Role: RoleReference}, {Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
	{Name: `\All`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox presents all of the user's messages."},
	{Name: `\Archive`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox holds archived messages."},
	{Name: `\Drafts`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox holds drafts."},
	{Name: `\Junk`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox holds junk mail."},
	{Name: `\Sent`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox holds copies of messages that the user sent."},
	{Name: `\Trash`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154),
		Plain: "This mailbox holds deleted messages."},
}
