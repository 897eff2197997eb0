package protocol

var rfc1731 = []Row{
	{Name: "AUTH=KERBEROS_V4", Kind: Capability, Dialect: Extension, Ref: rfc(1731, "2. Kerberos version 4 authentication mechanism", 1),
		Plain:   "The client can authenticate with a Kerberos version 4 ticket.",
		Promise: "The client may send AUTHENTICATE KERBEROS_V4; both sides prove who they are, and can agree to encrypt."},
	{Name: "AUTH=SKEY", Kind: Capability, Dialect: Extension, Ref: rfc(1731, "4. S/Key authentication mechanism", 4),
		Plain:   "The client can authenticate with a one-time password of S/Key.",
		Promise: "The client may send AUTHENTICATE SKEY; each password is good for one login."},
}
