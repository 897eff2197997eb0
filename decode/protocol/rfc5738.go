package protocol

// rfc5738 holds what RFC 5738 has and RFC 6855, which replaced it, has not.
var rfc5738 = []Row{
	{Name: "UTF8", Kind: Modifier, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.2. UTF8 Parameter to SELECT and EXAMINE", 5),
		Plain: "Message headers and sizes are those of UTF-8, without downgrading."},
	{Name: "UTF8", Kind: ListSelection, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.4.1. UTF8 and UTF8ONLY LIST Selection Options", 6),
		Plain: "Also mailboxes that only clients with UTF-8 can open."},
	{Name: "UTF8ONLY", Kind: ListSelection, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.4.1. UTF8 and UTF8ONLY LIST Selection Options", 6),
		Plain: "Only mailboxes that have UTF-8 in message headers."},
	{Name: "UTF8", Kind: ListReturn, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.4.2. UTF8 LIST Return Option", 6),
		Plain: "Whether the mailbox can be opened with UTF-8, or only with it."},
	{Name: "\\NoUTF8", Kind: Flag, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.4.2. UTF8 LIST Return Option", 6),
		Plain: "The mailbox cannot be opened with UTF-8."},
	{Name: "\\UTF8Only", Kind: Flag, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.4.2. UTF8 LIST Return Option", 6),
		Plain: "The mailbox can only be opened with UTF-8."},
	{Name: "NOT-UTF-8", Kind: Code, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.2. UTF8 Parameter to SELECT and EXAMINE", 5),
		Plain: "The mailbox cannot be opened with UTF-8.",
		Args:  []Arg{}},
	{Name: "UTF-8-ONLY", Kind: Code, Dialect: Extension, Capability: "UTF8=ACCEPT", Ref: rfc(5738, "3.2. UTF8 Parameter to SELECT and EXAMINE", 5),
		Plain: "The mailbox can only be opened with UTF-8.",
		Args:  []Arg{}},
	{Name: "UTF8=APPEND", Kind: Capability, Dialect: Extension, Ref: rfc(5738, "4. UTF8=APPEND Capability", 7),
		Plain: "The client can append messages with UTF-8 in their headers."},
	{Name: "UTF8=USER", Kind: Capability, Dialect: Extension, Ref: rfc(5738, "5. UTF8=USER Capability", 7),
		Plain: "User names and passwords can be UTF-8."},
	{Name: "UTF8=ALL", Kind: Capability, Dialect: Extension, Ref: rfc(5738, "6. UTF8=ALL Capability", 7),
		Plain: "Every mailbox can be opened with UTF-8."},
}
