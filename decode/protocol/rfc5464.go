package protocol

var rfc5464 = []Row{
	{Name: "GETMETADATA", Kind: Command, Dialect: Extension, Capability: "METADATA", Syntax: "[(options)] mailbox entries", Ref: rfc(5464, "4.2. GETMETADATA Command", 8),
		Plain:  "Asks for annotations of a mailbox or the server.",
		States: In(Authenticated, Selected), Claims: []Claim{{"METADATA", Always, 1}}},
	{Name: "SETMETADATA", Kind: Command, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...)", Ref: rfc(5464, "4.3. SETMETADATA Command", 10),
		Plain:  "Changes annotations of a mailbox or the server; the value NIL removes one.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},

	{Name: "METADATA", Kind: Response, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...) / mailbox entry ...", Ref: rfc(5464, "4.4. METADATA Response", 12),
		Plain: "Annotations of a mailbox or the server, or the names of those that another client changed.",
		Args:  []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},

	{Name: "METADATA", Kind: Code, Dialect: Extension, Capability: "METADATA", Syntax: "LONGENTRIES size / MAXSIZE size / TOOMANY / NOPRIVATE", Ref: rfc(5464, "4.3. SETMETADATA Command", 11),
		Plain: "Why an annotation could not be stored, or how large one is that was left out."},
	{Name: "METADATA", Kind: Capability, Dialect: Extension, Ref: rfc(5464, "1. Introduction and Overview", 3),
		Plain:   "Mailboxes and the server can have annotations.",
		Promise: "The client may send GETMETADATA and SETMETADATA about mailboxes and the server, which keeps private and shared values."},
	{Name: "METADATA-SERVER", Kind: Capability, Dialect: Extension, Ref: rfc(5464, "1. Introduction and Overview", 3),
		Plain:   "The server can have annotations, but its mailboxes cannot.",
		Promise: "The client may send GETMETADATA and SETMETADATA with an empty mailbox name only; the server keeps the values."},
}
