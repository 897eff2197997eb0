package protocol

var rfc7888 = []Row{
	{Name: "LITERAL-", Kind: Capability, Effect: NeedsNoReadyShort, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(7888, "5. LITERAL- Capability", 5),
		Plain:   "Like LITERAL+, for literals of up to 4096 bytes.",
		Promise: "The client may send {n+} and the literal at once if n is at most 4096; the server accepts it without sending + first."},
}
