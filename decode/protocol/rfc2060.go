package protocol

// rfc2060 holds what RFC 2060 has and RFC 3501, which replaced it, has not.
var rfc2060 = []Row{
	// "NEWNAME" SPACE string SPACE string (RFC 2060, 9)
	{Name: "NEWNAME", Kind: Code, Dialect: IMAP4rev1, Syntax: "mailbox mailbox", Ref: rfc(2060, "7.1. Server Responses - Status Responses", 50),
		Plain: "The mailbox was renamed, to the second name; RFC 3501 has no such code.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleMailbox}}},
}
