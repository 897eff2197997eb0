package protocol

var rfc4466 = []Row{
	{Name: "ESEARCH", Kind: Response, Dialect: Extension, Capability: "ESEARCH", Syntax: "(TAG tag) item value ...", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8),
		Plain: "The result of a search, condensed: the count, the lowest, the highest, or all as a sequence."},
}
