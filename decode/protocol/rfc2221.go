package protocol

var rfc2221 = []Row{
	{Name: "LOGIN-REFERRALS", Kind: Capability, Dialect: Extension, Ref: rfc(2221, "3. Introduction and Overview", 2),
		Plain: "The server may refer the client to another server, when it connects or logs in."},
}
