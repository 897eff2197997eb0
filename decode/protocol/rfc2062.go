package protocol

var rfc2062 = []Row{
	{Name: "FIND ALL.MAILBOXES", Kind: Command, Dialect: IMAP2bis, Syntax: "pattern", Obsolete: true, Ref: rfc(2062, "6.3.OBS.1. FIND ALL.MAILBOXES Command", 1), Later: rfc(2062, "6.3.OBS.1. FIND ALL.MAILBOXES Command", 1),
		Plain:  "Lists mailboxes, whether subscribed to or not.",
		States: In(Authenticated, Selected), Effect: Finds, Claims: []Claim{{"MAILBOX", Always, 1}}},
	{Name: "SUBSCRIBE MAILBOX", Kind: Command, Dialect: IMAP2bis, Syntax: "mailbox", Obsolete: true, Ref: rfc(2062, "6.3.OBS.3. SUBSCRIBE MAILBOX Command", 2), Later: rfc(2062, "6.3.OBS.3. SUBSCRIBE MAILBOX Command", 2),
		Plain:  "The older form of SUBSCRIBE.",
		States: In(Authenticated, Selected)},
	{Name: "UNSUBSCRIBE MAILBOX", Kind: Command, Dialect: IMAP2bis, Syntax: "mailbox", Obsolete: true, Ref: rfc(2062, "6.3.OBS.4. UNSUBSCRIBE MAILBOX Command", 3), Later: rfc(2062, "6.3.OBS.4. UNSUBSCRIBE MAILBOX Command", 3),
		Plain:  "The older form of UNSUBSCRIBE.",
		States: In(Authenticated, Selected)},
}
