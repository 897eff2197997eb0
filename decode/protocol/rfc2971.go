package protocol

var rfc2971 = []Row{
	{Name: "ID", Kind: Command, Dialect: Extension, Capability: "ID", Syntax: "(field value ...) / NIL", Ref: rfc(2971, "3.1. ID Command", 3),
		Plain:  "Identifies the client program and asks the server to do the same.",
		States: In(NotAuthenticated, Authenticated, Selected),
		Claims: []Claim{{"ID", Always, 1}}},
	{Name: "ID", Kind: Response, Dialect: Extension, Capability: "ID", Syntax: "(field value ...) / NIL", Ref: rfc(2971, "3.2. ID Response", 3),
		Plain: "Identifies the server program."},

	{Name: "ID", Kind: Capability, Dialect: Extension, Ref: rfc(2971, "3. Specification", 2),
		Plain:   "Client and server can identify themselves.",
		Promise: "The client may send ID with its name and version; the server answers with its own. Neither may depend on it."},
}
