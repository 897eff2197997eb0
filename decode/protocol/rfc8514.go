package protocol

var rfc8514 = []Row{
	{Name: "SAVEDATE", Kind: FetchItem, Dialect: Extension, Capability: "SAVEDATE", Ref: only(8514),
		Plain: "When the message was saved in this mailbox."},

	{Name: "SAVEDATE", Kind: Property, Dialect: Extension, Capability: "SAVEDATE", Syntax: "date", Ref: only(8514),
		Plain: "When the message was saved in this mailbox."},
}
