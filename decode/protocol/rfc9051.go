package protocol

var rfc9051 = []Row{
	{Name: "$JUNK", Kind: Flag, Dialect: IMAP4rev2, Ref: rfc(9051, "2.3.2. Flags Message Attribute", 0),
		Plain: "The user or a filter considers the message junk."},
	{Name: "$NOTJUNK", Kind: Flag, Dialect: IMAP4rev2, Ref: rfc(9051, "2.3.2. Flags Message Attribute", 0),
		Plain: "The user or a filter considers the message not junk."},
	{Name: "$PHISHING", Kind: Flag, Dialect: IMAP4rev2, Ref: rfc(9051, "2.3.2. Flags Message Attribute", 0),
		Plain: "The server considers the message very likely to be a phishing attempt."},

	{Name: "IMAP4rev2", Kind: Capability, Dialect: IMAP4rev2, Ref: rfc(9051, "6.1.1. CAPABILITY Command", 0),
		Plain:   "The server speaks IMAP4rev2.",
		Promise: "The client may send every command of RFC 9051, after ENABLE IMAP4rev2 if the server lists IMAP4rev1 too."},
	{Name: "HASCHILDREN", Kind: Code, Dialect: IMAP4rev2, Ref: rfc(9051, "7.1. Server Responses - Generic Status Responses", 0),
		Plain: "The mailbox cannot be deleted because it has mailboxes below it.",
		Args:  []Arg{}},
	{Name: "DELETED", Kind: StatusItem, Varies: WithMail, Dialect: IMAP4rev2, Ref: rfc(9051, "6.3.11. STATUS Command", 0),
		Plain: "The number of messages marked as deleted.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleCount}}},
}
