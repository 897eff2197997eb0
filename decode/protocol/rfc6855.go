package protocol

var rfc6855 = []Row{
	{Name: "UTF8=ACCEPT", Kind: Capability, Effect: AllowsUTF8, Dialect: Extension, Ref: rfc(6855, "3. \"UTF8=ACCEPT\" IMAP Capability and UTF-8 in IMAP Quoted-Strings", 3),
		Plain: "After ENABLE UTF8=ACCEPT, quoted strings can be UTF-8, mailbox names too."},
	{Name: "UTF8=ONLY", Kind: Capability, Effect: AllowsUTF8, Dialect: Extension, Ref: rfc(6855, "6. \"UTF8=ONLY\" Capability", 5),
		Plain: "As UTF8=ACCEPT, but the client must enable it: mailbox names are never in modified UTF-7."},
}
