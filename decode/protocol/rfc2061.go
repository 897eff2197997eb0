package protocol

// rfc2061 holds what servers of IMAP2bis had that RFC 1730 and RFC 1732 do not mention.
var rfc2061 = []Row{
	{Name: "SUBSCRIBE BBOARD", Kind: Command, Alters: true, Dialect: IMAP2bis, Until: IMAP4, Syntax: "bulletin_board", Ref: bboards2061, Later: bboards2061,
		Plain:  "Adds a bulletin board to the user's list of subscribed bulletin boards.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleBBoard}}},
	{Name: "UNSUBSCRIBE BBOARD", Kind: Command, Alters: true, Dialect: IMAP2bis, Until: IMAP4, Syntax: "bulletin_board", Ref: bboards2061, Later: bboards2061,
		Plain:  "Removes a bulletin board from the user's list of subscribed bulletin boards.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleBBoard}}},
}

// bboards2061 also says that IMAP4 has no bulletin boards.
var bboards2061 = Ref{2061, "IMAP4 client interoperability with IMAP2bis servers", "", 2}
