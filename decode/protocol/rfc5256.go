package protocol

var rfc5256 = []Row{
	{Name: "SORT", Kind: Command, Dialect: Extension, Capability: "SORT", Syntax: "(sort_keys) charset search_criteria", Ref: only(5256),
		Plain:  "Finds messages and reports them in a given order.",
		States: In(Selected), Effect: Searches, Claims: []Claim{{"SORT", Always, 1}, {"ESEARCH", Always, 1}}},
	{Name: "UID SORT", Kind: Command, Dialect: Extension, Capability: "SORT", Syntax: "(sort_keys) charset search_criteria", Ref: only(5256),
		Plain:  "Finds messages and reports their unique identifiers in a given order.",
		States: In(Selected), Effect: Searches, UID: true, Claims: []Claim{{"SORT", Always, 1}, {"ESEARCH", Always, 1}}},
	{Name: "THREAD", Kind: Command, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "algorithm charset search_criteria", Ref: only(5256),
		Plain:  "Finds messages and reports them grouped into threads.",
		States: In(Selected), Effect: Searches, Claims: []Claim{{"THREAD", Always, 1}}},
	{Name: "UID THREAD", Kind: Command, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "algorithm charset search_criteria", Ref: only(5256),
		Plain:  "Finds messages and reports their unique identifiers grouped into threads.",
		States: In(Selected), Effect: Searches, UID: true, Claims: []Claim{{"THREAD", Always, 1}}},

	{Name: "SORT", Kind: Response, Dialect: Extension, Capability: "SORT", Syntax: "number(s)", Ref: only(5256),
		Plain: "The numbers of the messages that SORT found, in order."},
	{Name: "THREAD", Kind: Response, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "(thread) ...", Ref: only(5256),
		Plain: "The numbers of the messages that THREAD found, grouped into threads."},
}
