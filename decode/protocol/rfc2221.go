package protocol

var rfc2221 = []Row{
	{Name: "LOGIN-REFERRALS", Kind: Capability, Dialect: Extension, Ref: rfc(2221, "3. Introduction and Overview", 2),
		Plain:   "The server may refer the client to another server, when it connects or logs in.",
		Promise: "The server may greet or answer a login with a REFERRAL; the client is expected to go where it points."},
}
