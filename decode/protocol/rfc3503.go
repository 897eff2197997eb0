package protocol

var rfc3503 = []Row{
	{Name: "$MDNSENT", Kind: Flag, Dialect: Extension, Ref: only(3503),
		Plain: "The sender has been told that the message was read."},
}
