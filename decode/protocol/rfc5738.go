package protocol

var rfc5738 = []Row{
	{Name: "UTF8=APPEND", Kind: Capability, Dialect: Extension, Until: Extension, Ref: rfc(5738, "4. UTF8=APPEND Capability", 7), Later: rfc(6855, "9. IANA Considerations", 8),
		Plain:   "Messages with UTF-8 in their header can be added.",
		Promise: "The client may give APPEND a message with UTF-8 in its header."},
	{Name: "UTF8=USER", Kind: Capability, Dialect: Extension, Until: Extension, Ref: rfc(5738, "5. UTF8=USER Capability", 7), Later: rfc(6855, "9. IANA Considerations", 8),
		Plain:   "User names and passwords can be UTF-8.",
		Promise: "The client may send user names and passwords in UTF-8; the server prepares and compares them."},
	{Name: "UTF8=ALL", Kind: Capability, Dialect: Extension, Until: Extension, Ref: rfc(5738, "6. UTF8=ALL Capability", 7), Later: rfc(6855, "9. IANA Considerations", 8),
		Plain:   "Every mailbox can hold names and headers in UTF-8.",
		Promise: "The client may expect UTF-8 in every mailbox; the server converts nothing down."},
}
