package protocol

var rfc4422 = []Row{
	{Name: "AUTH=EXTERNAL", Kind: Capability, Dialect: Extension, Ref: rfc(4422, "Appendix A. The SASL EXTERNAL Mechanism", 29),
		Plain:   "The client can authenticate as the user named by its TLS certificate or the like.",
		Promise: "The client may send AUTHENTICATE EXTERNAL; the server takes the identity from outside IMAP."},
}
