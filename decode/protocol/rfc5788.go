package protocol

var rfc5788 = []Row{
	{Name: "$FORWARDED", Kind: Flag, Dialect: Extension, Ref: only(5788),
		Plain: "The message has been forwarded."},
}
