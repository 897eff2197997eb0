package protocol

var rfc8474 = []Row{
	{Name: "EMAILID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474),
		Plain: "A name for the message's content, the same wherever a copy of it lies."},
	{Name: "THREADID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474),
		Plain: "A name for the conversation the message belongs to."},

	{Name: "EMAILID", Kind: Property, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: only(8474),
		Plain: "A name for the message's content, the same wherever a copy of it lies."},
	{Name: "THREADID", Kind: Property, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: only(8474),
		Plain: "A name for the conversation the message belongs to."},

	{Name: "MAILBOXID", Kind: StatusItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474),
		Plain: "A name for the mailbox that stays when it is renamed."},
}
