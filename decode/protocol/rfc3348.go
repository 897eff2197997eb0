package protocol

var rfc3348 = []Row{
	{Name: `\HasChildren`, Kind: Flag, Dialect: Extension, Capability: "CHILDREN", Ref: rfc(3348, "3. Requirements", 2),
		Plain: "There are mailboxes below this one in the hierarchy."},
	{Name: `\HasNoChildren`, Kind: Flag, Dialect: Extension, Capability: "CHILDREN", Ref: rfc(3348, "3. Requirements", 3),
		Plain: "There are no mailboxes below this one that the user may access."},

	{Name: "CHILDREN", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Until: Extension, Became: "LIST-EXTENDED", Ref: rfc(3348, "3. Requirements", 2), Later: rfc(5258, "4. The CHILDREN Return Option", 11),
		Plain:   "LIST reports whether a mailbox has mailboxes below it.",
		Promise: "The server puts \\HasChildren or \\HasNoChildren into each LIST response."},
}
