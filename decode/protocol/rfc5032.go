package protocol

var rfc5032 = []Row{
	{Name: "OLDER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: only(5032),
		Plain: "Messages that arrived longer ago than this.",
		Args:  []Arg{{Form: ArgValue}}},
	{Name: "YOUNGER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: only(5032),
		Plain: "Messages that arrived no longer ago than this.",
		Args:  []Arg{{Form: ArgValue}}},
}
