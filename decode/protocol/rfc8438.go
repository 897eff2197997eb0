package protocol

var rfc8438 = []Row{
	{Name: "SIZE", Kind: StatusItem, Dialect: Extension, Capability: "STATUS=SIZE", Ref: only(8438),
		Plain: "The total size of the messages in the mailbox, in bytes."},
}
