package protocol

var rfc8508 = []Row{
	{Name: "REPLACE", Kind: Command, Dialect: Extension, Capability: "REPLACE", Syntax: "number mailbox [flag_list] [date_time] literal", Ref: rfc(8508, "3.2. REPLACE Command", 3),
		Plain:  "Appends a message and removes the one that it replaces, in one step.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleMessageNumber}, {Form: ArgString, Role: RoleMailbox}, appended}, Effect: Appends, Claims: []Claim{{"EXPUNGE", Always, 1}, {"VANISHED", Always, 1}}},

	{Name: "UID REPLACE", Kind: Command, Dialect: Extension, Capability: "REPLACE", Syntax: "uid mailbox [flag_list] [date_time] literal", Ref: rfc(8508, "3.3. UID REPLACE Command", 4),
		Plain:  "Appends a message and removes the one that it replaces, given by unique identifier.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleUID}, {Form: ArgString, Role: RoleMailbox}, appended}, Effect: Appends, UID: true, Claims: []Claim{{"EXPUNGE", Always, 1}, {"VANISHED", Always, 1}}},
	{Name: "REPLACE", Kind: Capability, Dialect: Extension, Ref: rfc(8508, "3.1. Advertising Support for REPLACE", 3),
		Plain:   "A message can be replaced in one step.",
		Promise: "The client may send REPLACE and UID REPLACE; the server adds the new message and removes the old one, or does neither."},
}
