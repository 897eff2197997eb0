package protocol

var rfc4959 = []Row{
	{Name: "SASL-IR", Kind: Capability, Dialect: Extension, Ref: rfc(4959, "3. IMAP Changes to the IMAP AUTHENTICATE Command", 3),
		Plain: "AUTHENTICATE can carry the first SASL response."},
}
