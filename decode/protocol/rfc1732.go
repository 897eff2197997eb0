package protocol

var rfc1732 = []Row{
	{Name: "FIND ALL.BBOARDS", Kind: Command, Dialect: IMAP2bis, Until: IMAP4, Syntax: "pattern", Ref: Ref{1732, "IMAP4 client interoperability with old servers", "", 4}, Later: Ref{1732, "IMAP4 client interoperability with old servers", "", 4},
		Plain:  "Lists bulletin boards, whether subscribed to or not.",
		States: In(Authenticated, Selected), Effect: Finds, Claims: []Claim{{"BBOARD", Always, 1}}},
}
