package protocol

var rfc2971 = []Row{
	// id_params_list ::= "(" #(string SPACE nstring) ")" / nil (RFC 2971, 4)
	{Name: "ID", Kind: Command, Dialect: Extension, Capability: "ID", Syntax: "(field value ...) / NIL", Ref: rfc(2971, "3.1. ID Command", 3),
		Plain:  "Identifies the client program and asks the server to do the same.",
		States: In(NotAuthenticated, Authenticated, Selected), Args: []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgNIL, Role: RoleClientID}, {Form: ArgList, Of: []Arg{{Form: ArgSeries, Optional: true, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleClientID}, {Form: ArgNString, Role: RoleClientData}}}}}}}},
		Claims: []Claim{{"ID", Always, 1}}},
	{Name: "ID", Kind: Response, Effect: Introduces, Dialect: Extension, Capability: "ID", Syntax: "(field value ...) / NIL", Ref: rfc(2971, "3.2. ID Response", 3),
		Plain: "Identifies the server program.",
		Args:  []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgNIL, Role: RoleClientID}, {Form: ArgList, Of: []Arg{{Form: ArgSeries, Optional: true, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleClientID}, {Form: ArgNString, Role: RoleClientData}}}}}}}}},

	{Name: "ID", Kind: Capability, Dialect: Extension, Ref: rfc(2971, "3. Specification", 2),
		Plain:   "Client and server can identify themselves.",
		Promise: "The client may send ID with its name and version; the server answers with its own. Neither may depend on it."},
}
