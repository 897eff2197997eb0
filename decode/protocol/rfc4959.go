package protocol

var rfc4959 = []Row{
	{Name: "SASL-IR", Kind: Capability, Effect: TakesInitial, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(4959, "1. Introduction", 2),
		Plain:   "AUTHENTICATE can carry the first SASL response.",
		Promise: "The client may put its first response on the line of AUTHENTICATE; the server does not wait for it with a +."},
}
