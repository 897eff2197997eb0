package protocol

var rfc7677 = []Row{
	{Name: "AUTH=SCRAM-SHA-256", Kind: Capability, Dialect: Extension, Ref: rfc(7677, "3. SCRAM-SHA-256 and SCRAM-SHA-256-PLUS", 3),
		Plain:   "The client can authenticate with a salted challenge and response with SHA-256.",
		Promise: "The client may send AUTHENTICATE SCRAM-SHA-256; the password is not sent, and the server proves that it knows it too."},
}
