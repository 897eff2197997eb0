package protocol

var rfc4315 = []Row{
	{Name: "UID EXPUNGE", Kind: Command, Effect: Expunges, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uids", Ref: rfc(4315, "2.1. UID EXPUNGE Command", 2),
		Plain:  "Permanently removes those of the given messages that are marked as deleted.",
		States: In(Selected), Args: []Arg{{Form: ArgSequence, Role: RoleUID}}, UID: true,
		Claims: []Claim{{"EXPUNGE", Always, 1}, {"VANISHED", Always, 1}}},

	// resp-code-apnd = "APPENDUID" SP nz-number SP append-uid (RFC 4315, 4); append-uid is a set
	// if there were several messages
	{Name: "APPENDUID", Kind: Code, Effect: GivesAppended, Varies: Assigned, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uidvalidity uid", Ref: rfc(4315, "3. Additional Response Codes", 3),
		Plain: "The unique identifier that the appended message has in the mailbox with this UIDVALIDITY.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleUIDValidity}, {Form: ArgSequence, Role: RoleUID}}},
	// resp-code-copy = "COPYUID" SP nz-number SP uid-set SP uid-set (RFC 4315, 4)
	{Name: "COPYUID", Kind: Code, Effect: GivesCopied, Varies: Assigned, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uidvalidity uids uids", Ref: rfc(4315, "3. Additional Response Codes", 4),
		Plain: "The unique identifiers of the copied messages, and those of the copies.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleUIDValidity}, {Form: ArgSequence, Role: RoleUID}, {Form: ArgSequence, Role: RoleUID}}},
	{Name: "UIDNOTSTICKY", Kind: Code, Effect: ForgetsUIDs, Dialect: Extension, Capability: "UIDPLUS", Ref: rfc(4315, "3. Additional Response Codes", 4),
		Plain: "Unique identifiers of this mailbox are valid only until it is selected again.",
		Args:  []Arg{}},

	{Name: "UIDPLUS", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(4315, "1. Introduction and Overview", 1),
		Plain:   "The server reports the unique identifiers of new messages, and can expunge by unique identifier.",
		Promise: "The client may send UID EXPUNGE; the server answers APPEND and COPY with APPENDUID and COPYUID, unless UIDs are not sticky."},
}
