package protocol

var rfc4467 = []Row{
	{Name: "RESETKEY", Kind: Command, Dialect: Extension, Capability: "URLAUTH", Syntax: "[mailbox [mechanism ...]]", Ref: rfc(4467, "7. Additional Commands", 8),
		Plain:  "Replaces the key that authorizes URLs of a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
	{Name: "GENURLAUTH", Kind: Command, Dialect: Extension, Capability: "URLAUTH", Syntax: "url mechanism ...", Ref: rfc(4467, "7. Additional Commands", 9),
		Plain:  "Asks the server to authorize URLs, so that others can retrieve what they refer to.",
		States: In(Authenticated, Selected), Claims: []Claim{{"GENURLAUTH", Always, 1}}},
	{Name: "URLFETCH", Kind: Command, Dialect: Extension, Capability: "URLAUTH", Syntax: "url ...", Ref: rfc(4467, "7. Additional Commands", 10),
		Plain:  "Retrieves what authorized URLs refer to.",
		States: In(Authenticated, Selected), Claims: []Claim{{"URLFETCH", Always, 1}}},
	{Name: "GENURLAUTH", Kind: Response, Dialect: Extension, Capability: "URLAUTH", Syntax: "url ...", Ref: rfc(4467, "8. Additional Responses", 12),
		Plain: "The authorized URLs that GENURLAUTH asked for."},
	{Name: "URLFETCH", Kind: Response, Dialect: Extension, Capability: "URLAUTH", Syntax: "url nstring ...", Ref: rfc(4467, "8. Additional Responses", 13),
		Plain: "The content that an authorized URL refers to."},
	{Name: "URLMECH", Kind: Code, Dialect: Extension, Capability: "URLAUTH", Syntax: "mechanism ...", Ref: rfc(4467, "8. Additional Responses", 12),
		Plain: "The mechanisms by which URLs of the mailbox can be authorized."},
	{Name: "URLAUTH", Kind: Capability, Dialect: Extension, Ref: rfc(4467, "1. Introduction", 1),
		Plain:   "The server can create URLs that authorize access to a message.",
		Promise: "The client may send GENURLAUTH, URLFETCH and RESETKEY; the server verifies the URLs that it authorized."},
}
