package protocol

// rfc7162 holds the words that RFC 4551 and RFC 5162, which it replaced, do not define
// separately.
var rfc7162 = []Row{
	{Name: "CHANGEDSINCE", Kind: Modifier, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(7162, "3.1.4.1. CHANGEDSINCE FETCH Modifier", 16),
		Plain: "FETCH reports only messages that changed after this modification sequence."},
	{Name: "VANISHED", Kind: Modifier, Dialect: Extension, Capability: "QRESYNC", Ref: rfc(7162, "3.2.6. VANISHED UID FETCH Modifier", 31),
		Plain: "UID FETCH also reports which of the messages are gone."},
	{Name: "CONDSTORE", Kind: Modifier, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(7162, "3.1.8. CONDSTORE Parameter to SELECT and EXAMINE", 21),
		Plain: "The server adds the modification sequence to every change of a message that it reports from now on."},
	{Name: "QRESYNC", Kind: Modifier, Dialect: Extension, Capability: "QRESYNC", Syntax: "(uidvalidity modseq [uids] [(sequence uids)])", Ref: rfc(7162, "3.2.5. QRESYNC Parameter to SELECT/EXAMINE", 26),
		Plain: "The server reports what changed and what is gone since the client looked last."},
}
