package protocol

var rfc5032 = []Row{
	{Name: "OLDER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: only(5032),
		Plain: "Messages that arrived at least this many seconds ago.",
		Args:  []Arg{{Form: ArgValue}}},
	{Name: "YOUNGER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: only(5032),
		Plain: "Messages that arrived within this many seconds.",
		Args:  []Arg{{Form: ArgValue}}},
}
