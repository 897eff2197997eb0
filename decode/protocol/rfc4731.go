package protocol

var rfc4731 = []Row{
	{Name: "ESEARCH", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(4731, "1. Introduction", 2),
		Plain:   "The server can report search results in condensed form.",
		Promise: "The client may send SEARCH RETURN (MIN MAX ALL COUNT); the server answers ESEARCH with only that."},

	{Name: "MIN", Kind: SearchReturn, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 2),
		Plain: "Only the lowest number that matches."},
	{Name: "MAX", Kind: SearchReturn, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 2),
		Plain: "Only the highest number that matches."},
	{Name: "ALL", Kind: SearchReturn, Dialect: Extension, Capability: "ESEARCH", Effect: FoundSet, Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 3),
		Plain: "All numbers that match, in the short form of a set."},
	{Name: "COUNT", Kind: SearchReturn, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 3),
		Plain: "The number of messages that match."},
	{Name: "MODSEQ", Kind: SearchReturn, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4731, "3.2. Interaction with CONDSTORE extension", 4),
		Plain: "Not an option: if MODSEQ is a criterion, the highest modification sequence of the messages reported."},

	// search-return-data = "MIN" SP nz-number / "MAX" SP nz-number / "ALL" SP sequence-set /
	//                      "COUNT" SP number (RFC 4731, 4)
	{Name: "MIN", Kind: SearchResult, Dialect: Extension, Capability: "ESEARCH", Syntax: "number", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 2),
		Plain: "The lowest number that matches.",
		Args:  []Arg{{Form: ArgSequence, Role: RoleMessageNumber}}},
	{Name: "MAX", Kind: SearchResult, Dialect: Extension, Capability: "ESEARCH", Syntax: "number", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 2),
		Plain: "The highest number that matches.",
		Args:  []Arg{{Form: ArgSequence, Role: RoleMessageNumber}}},
	{Name: "ALL", Kind: SearchResult, Dialect: Extension, Capability: "ESEARCH", Syntax: "sequence", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 3),
		Plain: "All numbers that match.",
		Args:  []Arg{{Form: ArgSequence, Role: RoleMessageNumber}}},
	{Name: "COUNT", Kind: SearchResult, Dialect: Extension, Capability: "ESEARCH", Syntax: "number", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 3),
		Plain: "The number of messages that match.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleCount}}},
	// search-return-data =/ "MODSEQ" SP mod-sequence-value (RFC 4731, 4)
	{Name: "MODSEQ", Kind: SearchResult, Dialect: Extension, Capability: "ESEARCH", Syntax: "number", Ref: rfc(4731, "3.2. Interaction with CONDSTORE extension", 4),
		Plain: "The highest modification sequence of the messages reported.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleModSeq}}},
}
