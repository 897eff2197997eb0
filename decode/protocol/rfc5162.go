package protocol

var rfc5162 = []Row{
	// expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids (RFC 7162, 7)
	{Name: "VANISHED", Kind: Response, Effect: Vanishes, Dialect: Extension, Capability: "QRESYNC", Syntax: "[(EARLIER)] uids", Ref: rfc(5162, "3.6. VANISHED Response", 12), Later: rfc(7162, "3.2.10. VANISHED Response", 35),
		Plain: "The messages with these unique identifiers were permanently removed.",
		Args:  []Arg{{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgKeyword, Name: "EARLIER"}}}, {Form: ArgSequence, Role: RoleUID}}},

	{Name: "CLOSED", Kind: Code, Dialect: Extension, Joined: IMAP4rev2, Capability: "QRESYNC", Ref: rfc(5162, "3.7. CLOSED Response Code", 15), Later: rfc(7162, "3.2.11. CLOSED Response Code", 38),
		Plain: "The previous mailbox is closed; later responses are about the new one.",
		Args:  []Arg{}},

	{Name: "QRESYNC", Kind: Capability, Effect: ReportsVanished, Expands: []string{"CONDSTORE"}, Dialect: Extension, Ref: rfc(5162, "1. Introduction and Overview", 3), Later: rfc(7162, "3.2.2. Advertising Support for QRESYNC", 25),
		Plain:   "A client can resynchronize a mailbox quickly.",
		Promise: "After ENABLE QRESYNC the client may give SELECT what it knows; the server reports what changed and, with VANISHED, what is gone."},

	{Name: "VANISHED", Kind: Modifier, Dialect: Extension, Capability: "QRESYNC", Ref: rfc(5162, "3.2. VANISHED UID FETCH Modifier", 8), Later: rfc(7162, "3.2.6. VANISHED UID FETCH Modifier", 31),
		Plain: "UID FETCH also reports which of the messages are gone."},
	// select-param =/ "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids]
	//                 [SP seq-match-data] ")"
	// seq-match-data = "(" known-sequence-set SP known-uid-set ")" (RFC 7162, 7)
	{Name: "QRESYNC", Kind: Modifier, Dialect: Extension, Capability: "QRESYNC", Syntax: "(uidvalidity modseq [uids] [(sequence uids)])", Ref: rfc(5162, "3.1. QRESYNC Parameter to SELECT/EXAMINE", 4), Later: rfc(7162, "3.2.5. QRESYNC Parameter to SELECT/EXAMINE", 26),
		Plain: "The server reports what changed and what is gone since the client last looked.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgNumber, Role: RoleUIDValidity}, {Form: ArgNumber, Role: RoleModSeq}, {Form: ArgSequence, Role: RoleUID, Optional: true}, {Form: ArgList, Optional: true, Of: []Arg{{Form: ArgSequence, Role: RoleMessageNumber}, {Form: ArgSequence, Role: RoleUID}}}}}}},
	{Name: "EARLIER", Kind: Keyword, Dialect: Extension, Capability: "QRESYNC", Ref: rfc(5162, "3.6. VANISHED Response", 12),
		Plain: "The messages were gone before the mailbox was opened; message numbers do not change."},
}
