package protocol

var rfc4466 = []Row{
	{Name: "ESEARCH", Kind: Response, Dialect: Extension, Capability: "ESEARCH", Syntax: "[(TAG tag)] [UID] item value ...", Effect: FoundSet, Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The result of a search, condensed: the count, the lowest, the highest, or all as a sequence."},
	{Name: "RETURN", Kind: SearchKey, Dialect: Extension, Capability: "ESEARCH", Syntax: "(options)", Ref: rfc(4466, "3. Formal Syntax", 12), Later: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 3),
		Plain: "Not a criterion: the form in which the server should report the result.",
		Args:  []Arg{{Form: ArgValue}}},
	{Name: "TAG", Kind: Keyword, Dialect: Extension, Capability: "ESEARCH", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The tag of the command that is answered follows."},
}
