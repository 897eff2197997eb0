package protocol

var rfc5256 = []Row{
	{Name: "SORT", Kind: Command, Dialect: Extension, Capability: "SORT", Syntax: "(sort_keys) charset search_criteria", Ref: only(5256),
		Plain:  "Searches, and has the server put the results in order.",
		States: In(Selected), Effect: Searches, Claims: []Claim{{"SORT", Always, 1}, {"ESEARCH", Always, 1}}},
	{Name: "UID SORT", Kind: Command, Dialect: Extension, Capability: "SORT", Syntax: "(sort_keys) charset search_criteria", Ref: only(5256),
		Plain:  "Sorts, and answers with unique identifiers.",
		States: In(Selected), Effect: Searches, UID: true, Claims: []Claim{{"SORT", Always, 1}, {"ESEARCH", Always, 1}}},
	{Name: "THREAD", Kind: Command, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "algorithm charset search_criteria", Ref: only(5256),
		Plain:  "Searches, and has the server group the results into conversations.",
		States: In(Selected), Effect: Searches, Claims: []Claim{{"THREAD", Always, 1}}},
	{Name: "UID THREAD", Kind: Command, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "algorithm charset search_criteria", Ref: only(5256),
		Plain:  "Groups into conversations, and answers with unique identifiers.",
		States: In(Selected), Effect: Searches, UID: true, Claims: []Claim{{"THREAD", Always, 1}}},

	{Name: "SORT", Kind: Response, Dialect: Extension, Capability: "SORT", Syntax: "number(s)", Ref: only(5256),
		Plain: "The numbers of the messages found, in the order asked for."},
	{Name: "THREAD", Kind: Response, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "(thread) ...", Ref: only(5256),
		Plain: "The numbers of the messages found, grouped into conversations."},
}
