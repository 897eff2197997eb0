package protocol

var rfc6855 = []Row{
	{Name: "UTF8=ACCEPT", Kind: Capability, Dialect: Extension, Ref: rfc(6855, "3. \"UTF8=ACCEPT\" IMAP Capability and UTF-8 in IMAP Quoted-Strings", 3),
		Plain: "Strings can be UTF-8."},
	{Name: "UTF8=ONLY", Kind: Capability, Dialect: Extension, Ref: rfc(6855, "6. \"UTF8=ONLY\" Capability", 5),
		Plain: "Strings must be UTF-8."},
}
