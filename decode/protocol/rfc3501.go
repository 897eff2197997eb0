package protocol

var rfc3501 = []Row{
	{Name: "STARTTLS", Kind: Command, Dialect: IMAP4rev1, Ref: rfc(3501, "6.2.1. STARTTLS Command", 27),
		Plain:  "Asks to encrypt everything that follows the server's OK.",
		States: In(NotAuthenticated), Effect: StartsTLS},
	{Name: "STATUS", Kind: Command, Dialect: IMAP4rev1, Syntax: "mailbox (status_items)", Ref: rfc(3501, "6.3.10. STATUS Command", 44),
		Plain:  "Asks how many messages a mailbox has, without opening it.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue, Role: RoleNone}},
		Claims: []Claim{{"STATUS", Always, 1}}},
	{Name: "STATUS", Kind: Response, Dialect: IMAP4rev1, Syntax: "mailbox (item number ...)", Ref: rfc(3501, "7.2.4 STATUS Response", 70),
		Plain: "How many messages a mailbox has, and other figures that STATUS asked for.",
		Args:  []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
	{Name: "MESSAGES", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "How many messages are in the mailbox."},
	{Name: "RECENT", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "How many of them are new."},
	{Name: "UIDNEXT", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "The unique identifier that the next message will have, or a lower one."},
	{Name: "UIDVALIDITY", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "A number that changes when old unique identifiers stop being true."},
	{Name: "UNSEEN", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45),
		Plain: "How many messages have not been read."},

	{Name: `\*`, Kind: Flag, Dialect: IMAP4rev1, Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64),
		Plain: "Among the permanent flags: clients may invent flags of their own."},

	{Name: "BADCHARSET", Kind: Code, Dialect: IMAP4rev1, Syntax: "[(charsets)]", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64),
		Plain: "The server cannot search in this character set."},
	{Name: "CAPABILITY", Kind: Code, Dialect: IMAP4rev1, Syntax: "capability ...", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64),
		Plain: "What the server can do, told before anyone asked."},
	{Name: "UIDNEXT", Kind: Code, Dialect: IMAP4rev1, Syntax: "number", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 65),
		Plain: "The unique identifier that the next message will have, or a lower one."},
}
