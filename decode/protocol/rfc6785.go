package protocol

var rfc6785 = []Row{
	{Name: "IMAPSIEVE=", Kind: Capability, Dialect: Extension, Syntax: "url", Ref: rfc(6785, "2.1. The \"imapsieve\" Capability Strings", 5),
		Plain:   "Sieve scripts can run when messages are added or their flags change; the URL is where to manage them.",
		Promise: "The client may put scripts at this URL and name them in METADATA; the server runs them on events of a mailbox."},
}
