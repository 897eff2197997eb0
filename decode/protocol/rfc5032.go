package protocol

var rfc5032 = []Row{
	{Name: "OLDER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: rfc(5032, "2. Protocol Operation", 2),
		Plain: "Messages that arrived at least this many seconds ago.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleSeconds}}},
	{Name: "YOUNGER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: rfc(5032, "2. Protocol Operation", 2),
		Plain: "Messages that arrived no more than this many seconds ago.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleSeconds}}},

	{Name: "WITHIN", Kind: Capability, Dialect: Extension, Ref: rfc(5032, "2. Protocol Operation", 2),
		Plain:   "SEARCH has OLDER and YOUNGER.",
		Promise: "The client may search for OLDER and YOUNGER with a number of seconds; the server compares with its own clock."},
}
