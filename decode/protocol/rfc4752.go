package protocol

var rfc4752 = []Row{
	{Name: "AUTH=GSSAPI", Kind: Capability, Dialect: Extension, Ref: rfc(4752, "3. Kerberos V5 GSS-API Mechanism", 3),
		Plain:   "The client can authenticate with a Kerberos version 5 ticket.",
		Promise: "The client may send AUTHENTICATE GSSAPI; both sides prove who they are, and can agree to encrypt."},
}
