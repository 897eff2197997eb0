package protocol

var rfc2831 = []Row{
	{Name: "AUTH=DIGEST-MD5", Kind: Capability, Dialect: Extension, Until: Extension, Became: "AUTH=SCRAM-SHA-256", Ref: rfc(2831, "1 Introduction", 2), Later: appendixE,
		Plain:   "The client can authenticate with an MD5 digest of the password and the server's challenge.",
		Promise: "The client may send AUTHENTICATE DIGEST-MD5; the password itself is not sent."},
}
