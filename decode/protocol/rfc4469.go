package protocol

var rfc4469 = []Row{
	// badurl-response-code = "BADURL" SP url-resp-text (RFC 4469, 5)
	{Name: "BADURL", Kind: Code, Dialect: Extension, Capability: "CATENATE", Syntax: "url", Ref: rfc(4469, "4.1. BADURL Response", 4),
		Plain: "The first URL in the command that the server could not use.",
		Args:  []Arg{{Form: ArgString, Role: RoleURL}}},
	{Name: "TOOBIG", Kind: Code, Effect: TooLarge, Dialect: Extension, Capability: "CATENATE", Ref: rfc(4469, "4.2. TOOBIG Response", 5),
		Plain: "The resulting message is too big.",
		Args:  []Arg{}},
	{Name: "CATENATE", Kind: Capability, Dialect: Extension, Ref: rfc(4469, "2. The CATENATE Capability", 2),
		Plain:   "APPEND can assemble a message from parts of others.",
		Promise: "The client may give APPEND a list of texts and URLs; the server assembles the message from them."},
	{Name: "CATENATE", Kind: Keyword, Dialect: Extension, Capability: "CATENATE", Syntax: "(part ...)", Ref: rfc(4469, "3. The APPEND Command", 3),
		Plain: "The message consists of these parts, one after the other."},
	{Name: "URL", Kind: Keyword, Dialect: Extension, Capability: "CATENATE", Syntax: "url", Ref: rfc(4469, "3. The APPEND Command", 3),
		Plain: "A part that is already on the server."},
	{Name: "TEXT", Kind: Keyword, Dialect: Extension, Capability: "CATENATE", Syntax: "literal", Ref: rfc(4469, "3. The APPEND Command", 3),
		Plain: "A part that the client sends."},
}
