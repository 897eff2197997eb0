package protocol

var rfc5802 = []Row{
	{Name: "AUTH=SCRAM-SHA-1", Kind: Capability, Dialect: Extension, Ref: rfc(5802, "4. SCRAM Mechanism Names", 9),
		Plain:   "The client can authenticate with a salted challenge and response with SHA-1.",
		Promise: "The client may send AUTHENTICATE SCRAM-SHA-1; the password is not sent, and the server proves that it knows it too."},
}
