package protocol

var rfc6855 = []Row{
	{Name: "UTF8=ACCEPT", Kind: Capability, Effect: AllowsUTF8, Dialect: Extension, Ref: rfc(6855, "3. \"UTF8=ACCEPT\" IMAP Capability and UTF-8 in IMAP Quoted-Strings", 3),
		Plain:   "After ENABLE UTF8=ACCEPT, quoted strings can be UTF-8, including mailbox names.",
		Promise: "After ENABLE UTF8=ACCEPT the client may send UTF-8 in quoted strings and APPEND; the server sends it too."},
	{Name: "UTF8=ONLY", Kind: Capability, Effect: AllowsUTF8, Dialect: Extension, Ref: rfc(6855, "6. \"UTF8=ONLY\" Capability", 5),
		Plain:   "Like UTF8=ACCEPT, but the client must enable it: mailbox names are never in modified UTF-7.",
		Promise: "The client has to send ENABLE UTF8=ACCEPT before it opens a mailbox; the server may refuse everything else."},
	{Name: "UTF8", Kind: Keyword, Dialect: Extension, Capability: "UTF8=ACCEPT", Syntax: "(literal8)", Ref: rfc(6855, "4. IMAP UTF8 \"APPEND\" Data Extension", 4),
		Plain: "The message has UTF-8 in its header."},
}
