package protocol

var rfc5267 = []Row{
	// "CANCELUPDATE" 1*(SP quoted) (RFC 5267, 7)
	{Name: "CANCELUPDATE", Kind: Command, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "tag ...", Ref: rfc(5267, "4.3.5. The CANCELUPDATE Command", 10),
		Plain:  "Stops the updates that an earlier search asked for.",
		States: In(Selected), Args: []Arg{{Form: ArgString, Role: RoleCommandTag, Repeat: true}}},
	// "NOUPDATE" SP quoted-tag (RFC 5267, 7)
	{Name: "NOUPDATE", Kind: Code, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "tag", Ref: rfc(5267, "4.3.1. Refusing to Update Contexts", 7),
		Plain: "The server refuses to report updates of this search.",
		Args:  []Arg{{Form: ArgString, Role: RoleCommandTag}}},
	{Name: "ESORT", Kind: Capability, Dialect: Extension, Ref: rfc(5267, "3.1. ESORT Extension", 4),
		Plain:   "The server can report sorted results in condensed form.",
		Promise: "The client may send SORT RETURN (…); the server answers ESEARCH with only what was asked for."},
	{Name: "CONTEXT=SEARCH", Kind: Capability, Dialect: Extension, Ref: rfc(5267, "4.1. Overview", 5),
		Plain:   "Search results can be windowed and kept up to date.",
		Promise: "The client may search with RETURN (UPDATE), CONTEXT and PARTIAL; the server reports additions and removals until CANCELUPDATE."},
	{Name: "CONTEXT=SORT", Kind: Capability, Dialect: Extension, Ref: rfc(5267, "4.1. Overview", 5),
		Plain:   "Sorted results can be windowed and kept up to date.",
		Promise: "The client may sort with RETURN (UPDATE), CONTEXT and PARTIAL; the server reports additions and removals until CANCELUPDATE."},

	{Name: "CONTEXT", Kind: SearchReturn, Dialect: Extension, Capability: "CONTEXT=SEARCH", Ref: rfc(5267, "4.2. Context Hint", 5),
		Plain: "A hint that the client will ask about this result again."},
	{Name: "UPDATE", Kind: SearchReturn, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "[(fetch_items)]", Later: rfc(5465, "7. Extension to SEARCH and SORT Commands", 16), Ref: rfc(5267, "4.3. Notifications of Changes", 6),
		Plain: "The server reports how the result changes.",
		Args:  []Arg{{Form: ArgFetchList, Optional: true}}},
	{Name: "PARTIAL", Kind: SearchReturn, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "range", Later: rfc(9394, "3.1. Incremental SEARCH and Partial Results", 0), Ref: rfc(5267, "4.4. Partial Results", 10),
		Plain: "Only a range of the result.",
		Args:  []Arg{partialRange}},

	// ret-data-partial = "PARTIAL" SP "(" partial-range SP partial-results ")"
	// partial-results = sequence-set / "NIL" (RFC 5267, 5)
	{Name: "PARTIAL", Kind: SearchResult, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "(range sequence) / (range NIL)", Later: rfc(9394, "3.1. Incremental SEARCH and Partial Results", 0), Ref: rfc(5267, "4.4. Partial Results", 10),
		Plain: "The numbers in a range of the result; NIL if it has none.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{partialRange, {Form: ArgChoice, Of: []Arg{{Form: ArgNIL, Role: RoleMessageNumber}, {Form: ArgSequence, Role: RoleMessageNumber}}}}}}},
	// ret-data-addto = "ADDTO" SP "(" context-position SP sequence-set *(SP context-position SP sequence-set) ")" (RFC 5267, 5)
	{Name: "ADDTO", Kind: SearchResult, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "(position sequence ...)", Ref: rfc(5267, "4.3.3. ADDTO Return Data Item", 8),
		Plain: "Messages that match now and did not before, and where they are in the result.",
		Args:  contextUpdate},
	// ret-data-removefrom = "REMOVEFROM" SP "(" context-position SP sequence-set *(SP context-position SP sequence-set) ")" (RFC 5267, 5)
	{Name: "REMOVEFROM", Kind: SearchResult, Dialect: Extension, Capability: "CONTEXT=SEARCH", Syntax: "(position sequence ...)", Ref: rfc(5267, "4.3.4. REMOVEFROM Return Data Item", 9),
		Plain: "Messages that do not match any more, and where they were in the result.",
		Args:  contextUpdate},
}
