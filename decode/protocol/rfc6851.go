package protocol

var rfc6851 = []Row{
	{Name: "MOVE", Kind: Command, Dialect: Extension, Capability: "MOVE", Syntax: "sequence mailbox", Ref: rfc(6851, "3.1. MOVE Command", 3),
		Plain:  "Moves messages to another mailbox in one step.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleMessageNumber}, {Form: ArgString, Role: RoleMailbox}}, Effect: Moves, Claims: []Claim{{"EXPUNGE", Always, 1}, {"VANISHED", Always, 1}}},
	{Name: "UID MOVE", Kind: Command, Dialect: Extension, Capability: "MOVE", Syntax: "uids mailbox", Ref: rfc(6851, "3.2. UID MOVE Command", 3),
		Plain:  "Moves messages given by unique identifier to another mailbox.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleUID}, {Form: ArgString, Role: RoleMailbox}}, Effect: Moves, UID: true, Claims: []Claim{{"EXPUNGE", Always, 1}, {"VANISHED", Always, 1}}},

	{Name: "MOVE", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(6851, "1. Introduction", 2),
		Plain:   "Messages can be moved in one step.",
		Promise: "The client may send MOVE and UID MOVE; the server moves each message or leaves it, and reports COPYUID and EXPUNGE."},
}
