package protocol

var rfc4315 = []Row{
	{Name: "UID EXPUNGE", Kind: Command, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uids", Ref: rfc(4315, "2.1. UID EXPUNGE Command", 2),
		Plain:  "Permanently removes those of the given messages that are marked as deleted.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleUID}}, Effect: Expunges, UID: true, Claims: []Claim{{"EXPUNGE", Always, 1}, {"VANISHED", Always, 1}}},

	{Name: "APPENDUID", Kind: Code, Varies: Assigned, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uidvalidity uid", Ref: rfc(4315, "3. Additional Response Codes", 3),
		Plain: "The unique identifier that the appended message has in the mailbox with this UIDVALIDITY."},
	{Name: "COPYUID", Kind: Code, Varies: Assigned, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uidvalidity uids uids", Ref: rfc(4315, "3. Additional Response Codes", 4),
		Plain: "The unique identifiers of the copied messages, and those of the copies."},
	{Name: "UIDNOTSTICKY", Kind: Code, Dialect: Extension, Capability: "UIDPLUS", Ref: rfc(4315, "3. Additional Response Codes", 4),
		Plain: "Unique identifiers of this mailbox are valid only until it is selected again."},

	{Name: "UIDPLUS", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(4315, "1. Introduction and Overview", 1),
		Plain:   "The server reports the unique identifiers of new messages, and can expunge by unique identifier.",
		Promise: "The client may send UID EXPUNGE; the server answers APPEND and COPY with APPENDUID and COPYUID, unless UIDs are not sticky."},
}
