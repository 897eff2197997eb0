package protocol

var rfc3503 = []Row{
	{Name: "$MDNSent", Kind: Flag, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(3503, "2. Introduction and Overview", 3),
		Plain: "The notification that the sender asked for has been dealt with."},
}
