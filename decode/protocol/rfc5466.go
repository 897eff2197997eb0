package protocol

var rfc5466 = []Row{
	{Name: "FILTER", Kind: SearchKey, Dialect: Extension, Capability: "FILTERS", Syntax: "name", Ref: rfc(5466, "3.1. FILTER SEARCH Criterion", 3),
		Plain: "Messages that match a stored filter.",
		Args:  []Arg{{Form: ArgString, Role: RoleFilter}}},
	// "UNDEFINED-FILTER" SP filter-name (RFC 5466, 4)
	{Name: "UNDEFINED-FILTER", Kind: Code, Dialect: Extension, Capability: "FILTERS", Syntax: "name", Ref: rfc(5466, "3.1. FILTER SEARCH Criterion", 3),
		Plain: "No filter with this name exists, or the user may not use it.",
		Args:  []Arg{{Form: ArgString, Role: RoleFilter}}},
	{Name: "FILTERS", Kind: Capability, Dialect: Extension, Ref: rfc(5466, "3. IMAP Protocol Changes", 2),
		Plain:   "SEARCH can use stored filters.",
		Promise: "The client may search with FILTER and a name; the server uses the criterion stored under it."},
}
