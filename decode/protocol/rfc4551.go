package protocol

var rfc4551 = []Row{
	{Name: "MODSEQ", Kind: FetchItem, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.3.2. MODSEQ Message Data Item in FETCH Command", 14), Later: rfc(7162, "3.1.4.2. MODSEQ Message Data Item in FETCH Command", 17),
		Plain: "The modification sequence, a counter that grows with each change to the message's flags."},

	{Name: "MODSEQ", Kind: Property, Varies: Assigned, Dialect: Extension, Capability: "CONDSTORE", Syntax: "(number)", Ref: rfc(4551, "3.3.2. MODSEQ Message Data Item in FETCH Command", 14), Later: rfc(7162, "3.1.4.2. MODSEQ Message Data Item in FETCH Command", 17),
		Plain: "The modification sequence, a counter that grows with each change to the message's flags.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgNumber, Role: RoleModSeq}}}}, Shows: ShowsModSeq},

	{Name: "UNCHANGEDSINCE", Kind: Modifier, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(4551, "3.2. STORE and UID STORE Commands", 7), Later: rfc(7162, "3.1.3. STORE and UID STORE Commands", 10),
		Plain: "STORE changes only messages that have not been modified since this modification sequence.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleModSeq}}},

	{Name: "HIGHESTMODSEQ", Kind: StatusItem, Varies: Assigned, Effect: GivesHighestModSeq, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.6. HIGHESTMODSEQ Status Data Items", 17), Later: rfc(7162, "3.1.7. HIGHESTMODSEQ Status Data Items", 21),
		Plain: "The highest modification sequence of any message in the mailbox.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleModSeq}}},

	{Name: "MODSEQ", Kind: SearchKey, Dialect: Extension, Capability: "CONDSTORE", Syntax: "[entry_name entry_type] number", Ref: rfc(4551, "3.4. MODSEQ Search Criterion in SEARCH", 16), Later: rfc(7162, "3.1.5. MODSEQ Search Criterion in SEARCH", 19),
		Plain: "Messages with this modification sequence or a higher one.",
		Args:  []Arg{{Form: ArgEntryMatch, Optional: true}, {Form: ArgNumber, Role: RoleModSeq}}},

	// "HIGHESTMODSEQ" SP mod-sequence-value / "NOMODSEQ" / "MODIFIED" SP sequence-set (RFC 7162, 7)
	{Name: "HIGHESTMODSEQ", Kind: Code, Effect: GivesHighestModSeq, Varies: Assigned, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(4551, "3.1.1. HIGHESTMODSEQ Response Code", 6), Later: rfc(7162, "3.1.2.1. HIGHESTMODSEQ Response Code", 8),
		Plain: "The highest modification sequence of any message in the mailbox.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleModSeq}}},
	{Name: "NOMODSEQ", Kind: Code, Effect: LacksModSeq, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.1.2. NOMODSEQ Response Code", 7), Later: rfc(7162, "3.1.2.2. NOMODSEQ Response Code", 9),
		Plain: "This mailbox does not support modification sequences.",
		Args:  []Arg{}},
	{Name: "MODIFIED", Kind: Code, Effect: GivesModified, Varies: Assigned, Dialect: Extension, Capability: "CONDSTORE", Syntax: "sequence", Ref: rfc(4551, "3.2. STORE and UID STORE Commands", 8), Later: rfc(7162, "3.1.3. STORE and UID STORE Commands", 11),
		Plain: "These messages were left unchanged, because they had been modified in the meantime.",
		Args:  []Arg{{Form: ArgSequence, Role: RoleMessageSet}}},

	{Name: "CONDSTORE", Kind: Capability, Dialect: Extension, Ref: rfc(4551, "1. Introduction and Overview", 3), Later: rfc(7162, "3.1.1. Advertising Support for CONDSTORE", 8),
		Plain:   "Messages have modification sequences.",
		Promise: "The client may ask for MODSEQ, CHANGEDSINCE and UNCHANGEDSINCE; the server gives each change a higher number and reports HIGHESTMODSEQ on SELECT."},

	{Name: "CHANGEDSINCE", Kind: Modifier, Effect: SinceModSeq, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(4551, "3.3.1. CHANGEDSINCE FETCH Modifier", 13), Later: rfc(7162, "3.1.4.1. CHANGEDSINCE FETCH Modifier", 16),
		Plain: "FETCH reports only messages that changed after this modification sequence.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleModSeq}}},
	{Name: "CONDSTORE", Kind: Modifier, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.7. CONDSTORE Parameter to SELECT and EXAMINE", 18), Later: rfc(7162, "3.1.8. CONDSTORE Parameter to SELECT and EXAMINE", 21),
		Plain: "The server adds the modification sequence to every change of a message that it reports from now on."},
}
