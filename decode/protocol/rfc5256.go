package protocol

var rfc5256 = []Row{
	{Name: "SORT", Kind: Command, Dialect: Extension, Capability: "SORT", Syntax: "(sort_keys) charset search_criteria", Ref: rfc(5256, "3. Additional Commands", 4),
		Plain:  "Finds messages and reports them in a given order.",
		States: In(Selected), Effect: Searches, Claims: []Claim{{"SORT", Always, 1}, {"ESEARCH", Always, 1}}},
	{Name: "UID SORT", Kind: Command, Dialect: Extension, Capability: "SORT", Syntax: "(sort_keys) charset search_criteria", Ref: rfc(5256, "3. Additional Commands", 4),
		Plain:  "Finds messages and reports their unique identifiers in a given order.",
		States: In(Selected), Effect: Searches, UID: true, Claims: []Claim{{"SORT", Always, 1}, {"ESEARCH", Always, 1}}},
	{Name: "THREAD", Kind: Command, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "algorithm charset search_criteria", Ref: rfc(5256, "3. Additional Commands", 6),
		Plain:  "Finds messages and reports them grouped into threads.",
		States: In(Selected), Effect: Searches, Claims: []Claim{{"THREAD", Always, 1}}},
	{Name: "UID THREAD", Kind: Command, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "algorithm charset search_criteria", Ref: rfc(5256, "3. Additional Commands", 6),
		Plain:  "Finds messages and reports their unique identifiers grouped into threads.",
		States: In(Selected), Effect: Searches, UID: true, Claims: []Claim{{"THREAD", Always, 1}}},

	{Name: "SORT", Kind: Response, Dialect: Extension, Capability: "SORT", Syntax: "number(s)", Ref: rfc(5256, "4. Additional Responses", 13),
		Plain: "The numbers of the messages that SORT found, in order."},
	{Name: "THREAD", Kind: Response, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "(thread) ...", Ref: rfc(5256, "4. Additional Responses", 13),
		Plain: "The numbers of the messages that THREAD found, grouped into threads."},

	{Name: "SORT", Kind: Capability, Dialect: Extension, Ref: rfc(5256, "1. Introduction", 1),
		Plain: "The server can sort search results."},
	{Name: "THREAD=REFERENCES", Kind: Capability, Dialect: Extension, Ref: rfc(5256, "1. Introduction", 1),
		Plain: "The server can thread messages by their references."},
	{Name: "THREAD=ORDEREDSUBJECT", Kind: Capability, Dialect: Extension, Ref: rfc(5256, "1. Introduction", 1),
		Plain: "The server can thread messages by subject and date."},
}
