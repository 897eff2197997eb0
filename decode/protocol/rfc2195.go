package protocol

var rfc2195 = []Row{
	{Name: "AUTH=CRAM-MD5", Kind: Capability, Dialect: Extension, Ref: rfc(2195, "2. Challenge-Response Authentication Mechanism (CRAM)", 2),
		Plain:   "The client can authenticate with a keyed MD5 digest of the server's challenge.",
		Promise: "The client may send AUTHENTICATE CRAM-MD5; the password itself is not sent."},
}
