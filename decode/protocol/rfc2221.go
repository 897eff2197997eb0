package protocol

var rfc2221 = []Row{
	{Name: "REFERRAL", Kind: Code, Dialect: Extension, Capability: "LOGIN-REFERRALS", Syntax: "url", Ref: rfc(2221, "4.1. LOGIN and AUTHENTICATE Referrals", 2),
		Plain: "The URL of another server to use instead."},
	{Name: "LOGIN-REFERRALS", Kind: Capability, Dialect: Extension, Ref: rfc(2221, "3. Introduction and Overview", 2),
		Plain: "The server may refer a user to another server at login."},
}
