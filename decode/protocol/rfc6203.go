package protocol

var rfc6203 = []Row{
	{Name: "FUZZY", Kind: SearchKey, Dialect: Extension, Capability: "SEARCH=FUZZY", Syntax: "search_key", Ref: rfc(6203, "3. The FUZZY Search Key", 2),
		Plain: "Messages that match the next criterion approximately.",
		Args:  []Arg{{Form: ArgSearchKey}}},
	{Name: "SEARCH=FUZZY", Kind: Capability, Dialect: Extension, Ref: rfc(6203, "1. Introduction", 2),
		Plain:   "SEARCH can match approximately.",
		Promise: "The client may put FUZZY before a criterion; the server may match similar text, and can return RELEVANCY."},

	{Name: "RELEVANCY", Kind: SearchReturn, Dialect: Extension, Capability: "SEARCH=FUZZY", Ref: rfc(6203, "4. Relevancy Scores for Search Results", 3),
		Plain: "How relevant each message is to the search, from 1 to 100."},
	{Name: "RELEVANCY", Kind: SortKey, Dialect: Extension, Capability: "SEARCH=FUZZY", Ref: rfc(6203, "6. Extensions to SORT and SEARCH", 4),
		Plain: "By relevance to the search, the most relevant message first."},

	// search-return-data =/ "RELEVANCY" SP score-list
	// score-list = "(" [score *(SP score)] ")" (RFC 6203, 7)
	{Name: "RELEVANCY", Kind: SearchResult, Dialect: Extension, Capability: "SEARCH=FUZZY", Syntax: "(score ...)", Ref: rfc(6203, "4. Relevancy Scores for Search Results", 3),
		Plain: "How relevant each of the messages is, from 1 to 100, in their order.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgNumber, Role: RoleScore, Optional: true, Repeat: true}}}}},
}
