package protocol

var rfc6851 = []Row{
	{Name: "MOVE", Kind: Command, Dialect: Extension, Capability: "MOVE", Syntax: "sequence mailbox", Ref: only(6851),
		Plain:  "Puts the messages into another mailbox and removes them here, in one step.",
		States: In(Selected), Args: []Arg{{ArgSequence, RoleMessageNumber}, {ArgString, RoleMailbox}}, Effect: Moves},
	{Name: "UID MOVE", Kind: Command, Dialect: Extension, Capability: "MOVE", Syntax: "uids mailbox", Ref: only(6851),
		Plain:  "Moves messages named by unique identifiers into another mailbox.",
		States: In(Selected), Args: []Arg{{ArgSequence, RoleUID}, {ArgString, RoleMailbox}}, Effect: Moves, UID: true},
}
