package protocol

var rfc8474 = []Row{
	{Name: "EMAILID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474),
		Plain: "An identifier of the message's content, the same for every copy."},
	{Name: "THREADID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474),
		Plain: "An identifier of the thread that the message belongs to."},

	{Name: "EMAILID", Kind: Property, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: only(8474),
		Plain: "An identifier of the message's content, the same for every copy."},
	{Name: "THREADID", Kind: Property, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: only(8474),
		Plain: "An identifier of the thread that the message belongs to."},

	{Name: "MAILBOXID", Kind: StatusItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474),
		Plain: "An identifier of the mailbox that renaming does not change."},
}
