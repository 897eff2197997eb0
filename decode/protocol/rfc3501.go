package protocol

var rfc3501 = []Row{
	{Name: "STARTTLS", Kind: Command, Dialect: IMAP4rev1, Ref: rfc(3501, "6.2.1. STARTTLS Command", 27),
		Plain:  "Starts TLS: everything after the server's OK is encrypted.",
		States: In(NotAuthenticated), Effect: StartsTLS},
	{Name: "STATUS", Kind: Command, Dialect: IMAP4rev1, Syntax: "mailbox (status_items)", Ref: rfc(3501, "6.3.10. STATUS Command", 44),
		Plain:  "Asks for figures about a mailbox, such as its number of messages, without opening it.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue, Role: RoleNone}},
		Claims: []Claim{{"STATUS", Always, 1}}},
	{Name: "STATUS", Kind: Response, Dialect: IMAP4rev1, Syntax: "mailbox (item number ...)", Ref: rfc(3501, "7.2.4 STATUS Response", 70),
		Plain: "The figures about a mailbox that STATUS asked for.",
		Args:  []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
	{Name: "MESSAGES", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "The number of messages in the mailbox."},
	{Name: "RECENT", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "The number of messages with the Recent flag."},
	{Name: "UIDNEXT", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "The lowest unique identifier that the next new message can get."},
	{Name: "UIDVALIDITY", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "A number that changes when old unique identifiers become invalid."},
	{Name: "UNSEEN", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "The number of unread messages."},

	{Name: `\*`, Kind: Flag, Dialect: IMAP4rev1, Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64),
		Plain: "Among the permanent flags: clients may create new keywords."},

	{Name: "BADCHARSET", Kind: Code, Dialect: IMAP4rev1, Syntax: "[(charsets)]", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64),
		Plain: "The server does not support this character set for searching."},
	{Name: "CAPABILITY", Kind: Code, Dialect: IMAP4rev1, Syntax: "capability ...", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64),
		Plain: "The capabilities of the server, unasked."},
	{Name: "UIDNEXT", Kind: Code, Dialect: IMAP4rev1, Syntax: "number", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 65),
		Plain: "The lowest unique identifier that the next new message can get."},
}
