package protocol

var rfc4731 = []Row{
	{Name: "ESEARCH", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(4731, "1. Introduction", 2),
		Plain: "The server can report search results in condensed form."},

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
}
