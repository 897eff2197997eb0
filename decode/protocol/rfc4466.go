package protocol

var rfc4466 = []Row{
	{Name: "ESEARCH", Kind: Response, Effect: FoundSet, Dialect: Extension, Capability: "ESEARCH", Syntax: "[(TAG tag)] [UID] item value ...", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The result of a search, condensed: the count, the lowest, the highest, or all as a sequence.",
		Args:  searchResult},
	{Name: "RETURN", Kind: SearchKey, Dialect: Extension, Capability: "ESEARCH", Syntax: "(options)", Ref: rfc(4466, "3. Formal Syntax", 12), Later: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 3),
		Plain: "Not a criterion: the form in which the server should report the result.",
		Args:  searchReturn},
	{Name: "TAG", Kind: Correlator, Dialect: Extension, Capability: "ESEARCH", Syntax: "tag", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The tag of the command that this result belongs to.",
		Args:  []Arg{{Form: ArgString, Role: RoleCommandTag}}},
	{Name: "UID", Kind: Keyword, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The numbers in the result are unique identifiers."},
	{Name: "CHARSET", Kind: Keyword, Dialect: IMAP4, Syntax: "charset", Ref: rfc(4466, "3. Formal Syntax", 12),
		Plain: "The character set of the strings in the criteria."},
	{Name: "TAG", Kind: Keyword, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The tag of the command that is answered follows."},
}
