package protocol

var rfc5032 = []Row{
	{Name: "OLDER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: rfc(5032, "2. Protocol Operation", 2),
		Plain: "Messages that arrived at least this many seconds ago.",
		Args:  []Arg{{Form: ArgValue}}},
	{Name: "YOUNGER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: rfc(5032, "2. Protocol Operation", 2),
		Plain: "Messages that arrived within this many seconds.",
		Args:  []Arg{{Form: ArgValue}}},

	{Name: "WITHIN", Kind: Capability, Dialect: Extension, Ref: rfc(5032, "2. Protocol Operation", 2),
		Plain: "SEARCH has OLDER and YOUNGER."},
}
