package protocol

var rfc5162 = []Row{
	{Name: "VANISHED", Kind: Response, Dialect: Extension, Capability: "QRESYNC", Syntax: "[(EARLIER)] uids", Ref: rfc(5162, "3.6. VANISHED Response", 12), Later: rfc(7162, "3.2.10. VANISHED Response", 35),
		Plain:  "The messages with these unique identifiers were permanently removed.",
		Effect: Vanishes},

	{Name: "CLOSED", Kind: Code, Dialect: Extension, Joined: IMAP4rev2, Capability: "QRESYNC", Ref: rfc(5162, "3.7. CLOSED Response Code", 15), Later: rfc(7162, "3.2.11. CLOSED Response Code", 38),
		Plain: "The previous mailbox is closed; later responses are about the new one."},

	{Name: "QRESYNC", Kind: Capability, Dialect: Extension, Ref: rfc(5162, "1. Introduction and Overview", 3), Later: rfc(7162, "3.2.2. Advertising Support for QRESYNC", 25),
		Plain:   "A client can resynchronize a mailbox quickly.",
		Promise: "After ENABLE QRESYNC the client may give SELECT what it knows; the server reports what changed and, with VANISHED, what is gone."},

	{Name: "VANISHED", Kind: Modifier, Dialect: Extension, Capability: "QRESYNC", Ref: rfc(5162, "3.2. VANISHED UID FETCH Modifier", 8), Later: rfc(7162, "3.2.6. VANISHED UID FETCH Modifier", 31),
		Plain: "UID FETCH also reports which of the messages are gone."},
	{Name: "QRESYNC", Kind: Modifier, Dialect: Extension, Capability: "QRESYNC", Syntax: "(uidvalidity modseq [uids] [(sequence uids)])", Ref: rfc(5162, "3.1. QRESYNC Parameter to SELECT/EXAMINE", 4), Later: rfc(7162, "3.2.5. QRESYNC Parameter to SELECT/EXAMINE", 26),
		Plain: "The server reports what changed and what is gone since the client looked last."},
}
