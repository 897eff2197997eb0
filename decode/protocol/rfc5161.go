package protocol

var rfc5161 = []Row{
	// enable = "ENABLE" 1*(SP capability) (RFC 5161, 4)
	{Name: "ENABLE", Kind: Command, Dialect: Extension, Capability: "ENABLE", Syntax: "capability ...", Ref: rfc(5161, "3.1. The ENABLE Command", 2),
		Plain:  "Turns on the named extensions, as far as the server has them; sent before a mailbox is selected.",
		States: In(Authenticated), Args: []Arg{{Form: ArgName, Word: Capability, Role: RoleCapability, Repeat: true}}, Effect: Enables, Claims: []Claim{{"ENABLED", Always, 1}}},

	// enable-data = "ENABLED" *(SP capability) (RFC 5161, 4)
	{Name: "ENABLED", Kind: Response, Dialect: Extension, Capability: "ENABLE", Syntax: "[capability ...]", Ref: rfc(5161, "3.2. The ENABLED Response", 4),
		Plain:  "The extensions that ENABLE has turned on; none if the list is empty.",
		Effect: Enabled,
		Args:   []Arg{{Form: ArgName, Word: Capability, Role: RoleCapability, Optional: true, Repeat: true}}},

	{Name: "ENABLE", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(5161, "1. Overview", 1),
		Plain:   "Extensions can be turned on with ENABLE.",
		Promise: "The client may send ENABLE after logging in; the server answers ENABLED with what it turned on."},
}
