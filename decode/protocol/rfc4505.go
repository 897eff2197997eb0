package protocol

var rfc4505 = []Row{
	{Name: "AUTH=ANONYMOUS", Kind: Capability, Dialect: Extension, Ref: rfc(4505, "2. The Anonymous Mechanism", 2),
		Plain:   "The client can connect without an account.",
		Promise: "The client may send AUTHENTICATE ANONYMOUS with a trace, such as a mail address; the server does not verify it."},
}
