package protocol

var rfc4731 = []Row{
	{Name: "RETURN", Kind: SearchKey, Dialect: Extension, Capability: "ESEARCH", Syntax: "(options)", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 2),
		Plain: "Not a criterion: the form in which the server should report the result.",
		Args:  []Arg{{Form: ArgValue}}},

	{Name: "ESEARCH", Kind: Capability, Dialect: Extension, Ref: rfc(4731, "1. Introduction", 2),
		Plain: "The server can report search results in condensed form."},
}
