package protocol

var rfc8438 = []Row{
	{Name: "SIZE", Kind: StatusItem, Dialect: Extension, Capability: "STATUS=SIZE", Ref: only(8438),
		Plain: "How many octets all messages of the mailbox have together."},
}
