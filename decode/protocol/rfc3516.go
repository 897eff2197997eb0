package protocol

var rfc3516 = []Row{
	{Name: "BINARY[]", Kind: FetchItem, Dialect: Extension, Joined: IMAP4rev2, Capability: "BINARY", Reads: true, Ref: rfc(3516, "4.2. FETCH Command Extensions", 2),
		Plain: "One part of the message, decoded by the server; fetching it marks the message as read."},
	{Name: "BINARY.PEEK[]", Kind: FetchItem, Dialect: Extension, Joined: IMAP4rev2, Capability: "BINARY", Ref: rfc(3516, "4.2. FETCH Command Extensions", 3),
		Plain: "One part of the message, decoded by the server, without marking it as read."},
	{Name: "BINARY.SIZE[]", Kind: FetchItem, Dialect: Extension, Joined: IMAP4rev2, Capability: "BINARY", Ref: rfc(3516, "4.2. FETCH Command Extensions", 3),
		Plain: "The size of one decoded part of the message, in bytes."},

	{Name: "BINARY[]", Kind: Property, Dialect: Extension, Joined: IMAP4rev2, Capability: "BINARY", Syntax: "string", Ref: rfc(3516, "4.3. FETCH Response Extensions", 3),
		Plain: "One part of the message, decoded by the server.",
		Args:  []Arg{{Form: ArgNString, Role: RoleBody}}},
	{Name: "BINARY.SIZE[]", Kind: Property, Dialect: Extension, Joined: IMAP4rev2, Capability: "BINARY", Syntax: "number", Ref: rfc(3516, "4.3. FETCH Response Extensions", 4),
		Plain: "The size of one decoded part of the message, in bytes.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleSize}}},

	{Name: "BINARY", Kind: Capability, Dialect: Extension, Ref: rfc(3516, "4.1. CAPABILITY Identification", 2),
		Plain:   "The server can decode parts of messages, and accepts binary literals.",
		Promise: "The client may fetch BINARY[…] and send ~{n} literals to APPEND; the server decodes parts, and stores binary data."},
	{Name: "UNKNOWN-CTE", Kind: Code, Dialect: Extension, Joined: IMAP4rev2, Capability: "BINARY", Ref: rfc(3516, "4.3. FETCH Response Extensions", 3),
		Plain: "The server cannot decode this part of the message or, after APPEND, cannot store binary data in the mailbox.",
		Args:  []Arg{}},
}
