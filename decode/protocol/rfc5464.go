package protocol

var rfc5464 = []Row{
	// getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
	// getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
	// entries = entry / "(" entry *(SP entry) ")" (RFC 5464, 5); the examples in 4.2.1 and 4.2.2 have the
	// options after the mailbox, one in 4.4.1 has two entries without parentheses
	{Name: "GETMETADATA", Kind: Command, Dialect: Extension, Capability: "METADATA", Syntax: "[(options)] mailbox entries", Ref: rfc(5464, "4.2. GETMETADATA Command", 8),
		Plain:  "Asks for annotations of a mailbox or the server.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: MetadataOption, Role: RoleExtension}, {Form: ArgWord, Word: MetadataOption, Role: RoleExtension, Optional: true, Repeat: true}}}, {Form: ArgString, Role: RoleMailbox}, {Form: ArgList, Optional: true, Of: []Arg{{Form: ArgWord, Word: MetadataOption, Role: RoleExtension}, {Form: ArgWord, Word: MetadataOption, Role: RoleExtension, Optional: true, Repeat: true}}}, {Form: ArgChoice, Repeat: true, Of: []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleEntry, Repeat: true}}}, {Form: ArgString, Role: RoleEntry}}}}, Claims: []Claim{{"METADATA", Always, 1}}},
	// setmetadata = "SETMETADATA" SP mailbox SP entry-values
	// entry-values = "(" entry SP value *(SP entry SP value) ")" (RFC 5464, 5)
	{Name: "SETMETADATA", Kind: Command, Alters: true, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...)", Ref: rfc(5464, "4.3. SETMETADATA Command", 10),
		Plain:  "Changes annotations of a mailbox or the server; the value NIL removes one.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgList, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleEntry}, {Form: ArgNString, Role: RoleEntryValue}}}}}}},

	// metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)
	// entry-list = entry *(SP entry) (RFC 5464, 5)
	{Name: "METADATA", Kind: Response, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...) / mailbox entry ...", Ref: rfc(5464, "4.4. METADATA Response", 12),
		Plain: "Annotations of a mailbox or the server, or the names of those that another client changed.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgChoice, Repeat: true, Of: []Arg{{Form: ArgList, Of: []Arg{{Form: ArgSeries, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleEntry}, {Form: ArgNString, Role: RoleEntryValue}}}}}, {Form: ArgString, Role: RoleEntry}}}}},

	// "METADATA" SP "LONGENTRIES" SP number
	// "METADATA" SP ("MAXSIZE" SP number / "TOOMANY" / "NOPRIVATE") (RFC 5464, 5)
	{Name: "METADATA", Kind: Code, Dialect: Extension, Capability: "METADATA", Syntax: "LONGENTRIES size / MAXSIZE size / TOOMANY / NOPRIVATE", Ref: rfc(5464, "4.3. SETMETADATA Command", 11),
		Plain: "Why an annotation could not be stored, or how large one is that was left out.",
		Args:  []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgKeyword, Name: "LONGENTRIES", Of: []Arg{{Form: ArgNumber, Role: RoleSize}}}, {Form: ArgKeyword, Name: "MAXSIZE", Of: []Arg{{Form: ArgNumber, Role: RoleLimit}}}, {Form: ArgKeyword, Name: "TOOMANY"}, {Form: ArgKeyword, Name: "NOPRIVATE"}}}}},
	{Name: "METADATA", Kind: Capability, Dialect: Extension, Ref: rfc(5464, "1. Introduction and Overview", 3),
		Plain:   "Mailboxes and the server can have annotations.",
		Promise: "The client may send GETMETADATA and SETMETADATA about mailboxes and the server, which keeps private and shared values."},
	{Name: "METADATA-SERVER", Kind: Capability, Dialect: Extension, Ref: rfc(5464, "1. Introduction and Overview", 3),
		Plain:   "The server can have annotations, but its mailboxes cannot.",
		Promise: "The client may send GETMETADATA and SETMETADATA with an empty mailbox name only; the server keeps the values."},
	// maxsize-opt = "MAXSIZE" SP number (RFC 5464, 5)
	{Name: "MAXSIZE", Kind: MetadataOption, Dialect: Extension, Capability: "METADATA", Syntax: "number", Ref: rfc(5464, "4.2.1. MAXSIZE GETMETADATA Command Option", 9),
		Plain: "Only values that are no longer than this many bytes.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleSize}}},
	// scope-opt = "DEPTH" SP ("0" / "1" / "infinity") (RFC 5464, 5)
	{Name: "DEPTH", Kind: MetadataOption, Dialect: Extension, Capability: "METADATA", Syntax: "0 / 1 / infinity", Ref: rfc(5464, "4.2.2. DEPTH GETMETADATA Command Option", 10),
		Plain: "How many levels of entries below the named ones are wanted: 0, 1 or infinity.",
		Args:  []Arg{{Form: ArgString, Role: RoleDepth}}},
	{Name: "LONGENTRIES", Kind: Keyword, Dialect: Extension, Capability: "METADATA", Ref: rfc(5464, "4.2.1. MAXSIZE GETMETADATA Command Option", 9),
		Plain: "Some values are longer than was asked for; the number is the length of the longest."},
	{Name: "MAXSIZE", Kind: Keyword, Dialect: Extension, Capability: "METADATA", Ref: rfc(5464, "4.3. SETMETADATA Command", 11),
		Plain: "The value is too long; the number is the longest that the server accepts."},
	{Name: "TOOMANY", Kind: Keyword, Dialect: Extension, Capability: "METADATA", Ref: rfc(5464, "4.3. SETMETADATA Command", 11),
		Plain: "There are too many annotations already."},
	{Name: "NOPRIVATE", Kind: Keyword, Dialect: Extension, Capability: "METADATA", Ref: rfc(5464, "4.3. SETMETADATA Command", 11),
		Plain: "The server has no private annotations."},
}
