package protocol

var rfc6785 = []Row{
	{Name: "IMAPSIEVE=", Kind: Capability, Dialect: Extension, Syntax: "url", Ref: rfc(6785, "2.1. The \"imapsieve\" Capability Strings", 5),
		Plain: "Sieve scripts run on changes to mailboxes."},
}
