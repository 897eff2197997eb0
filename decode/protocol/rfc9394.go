package protocol

var rfc9394 = []Row{
	{Name: "PARTIAL", Kind: Modifier, Dialect: Extension, Capability: "PARTIAL", Syntax: "range", Ref: rfc(9394, "3.3. Extension to UID FETCH", 0),
		Plain: "UID FETCH reports only a range of the messages that its set names.",
		Args:  []Arg{partialRange}},

	{Name: "PARTIAL", Kind: Capability, Dialect: Extension, Ref: rfc(9394, "3. The PARTIAL Extension", 0),
		Plain:   "Search results can be reported in portions, counted from either end.",
		Promise: "The client may search and fetch with PARTIAL and a range; the server returns only that part of the result."},
}
