package protocol

var rfc3503 = []Row{
	{Name: "$MDNSENT", Kind: Flag, Dialect: Extension, Ref: only(3503),
		Plain: "The notification that the sender asked for has been dealt with."},
}
