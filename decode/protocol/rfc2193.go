package protocol

var rfc2193 = []Row{
	{Name: "RLIST", Kind: Command, Effect: Finds, Dialect: Extension, Until: Extension, Became: "LIST (REMOTE) reference pattern", Capability: "MAILBOX-REFERRALS", Syntax: "reference pattern", Ref: rfc(2193, "5.1 RLIST command", 7), Later: rfc(5258, "3.1. Initial List of Selection Options", 7),
		Plain:  "Lists mailboxes as LIST does, including those on other servers.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleReference}, {Form: ArgString, Role: RolePattern}},
		Claims: []Claim{{"LIST", Always, 1}}},
	{Name: "RLSUB", Kind: Command, Effect: Finds, Dialect: Extension, Until: Extension, Became: "LIST (REMOTE SUBSCRIBED) reference pattern", Capability: "MAILBOX-REFERRALS", Syntax: "reference pattern", Ref: rfc(2193, "5.2 RLSUB Command", 7), Later: rfc(5258, "3.1. Initial List of Selection Options", 7),
		Plain:  "Lists subscribed mailboxes as LSUB does, including those on other servers.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleReference}, {Form: ArgString, Role: RolePattern}},
		Claims: []Claim{{"LSUB", Always, 1}}},

	// "REFERRAL" 1*(SPACE <url>) (RFC 2193, 6)
	{Name: "REFERRAL", Kind: Code, Dialect: Extension, Capability: "MAILBOX-REFERRALS", Syntax: "url ...", Ref: rfc(2193, "3. Introduction and Overview", 2), Later: rfc(2221, "4.1. LOGIN and AUTHENTICATE Referrals", 2),
		Plain: "Where to go instead: the URL of the mailbox on another server or, at login, of another server.",
		Args:  []Arg{{Form: ArgString, Role: RoleURL, Repeat: true}}},

	{Name: "MAILBOX-REFERRALS", Kind: Capability, Dialect: Extension, Ref: rfc(2193, "3. Introduction and Overview", 2),
		Plain:   "The server may refer the client to a mailbox on another server.",
		Promise: "The client may send RLIST and RLSUB; the server may answer NO with a REFERRAL to another server."},
}
