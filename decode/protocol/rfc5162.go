package protocol

var rfc5162 = []Row{
	{Name: "VANISHED", Kind: Response, Dialect: Extension, Capability: "QRESYNC", Syntax: "[(EARLIER)] uids", Ref: rfc(5162, "3.6. VANISHED Response", 12),
		Plain: "Messages of these unique identifiers are gone for good."},

	{Name: "CLOSED", Kind: Code, Dialect: Extension, Capability: "QRESYNC", Ref: rfc(5162, "3.7. CLOSED Response Code", 15),
		Plain: "The mailbox that was open until now is closed; what follows is about the next."},
}
