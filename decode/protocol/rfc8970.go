package protocol

var rfc8970 = []Row{
	{Name: "PREVIEW", Kind: FetchItem, Dialect: Extension, Capability: "PREVIEW", Syntax: "[(LAZY)]", Ref: rfc(8970, "3.1. Command", 0),
		Plain: "A short extract of the message's text, for a list of messages.",
		Args:  []Arg{{Form: ArgList, Optional: true, Of: []Arg{{Form: ArgKeyword, Name: "LAZY"}}}}},

	{Name: "PREVIEW", Kind: Property, Dialect: Extension, Capability: "PREVIEW", Syntax: "string / NIL", Ref: rfc(8970, "3.2. Response", 0),
		Plain: "A short extract of the message's text, for a list of messages.",
		Args:  []Arg{{Form: ArgNString, Role: RolePreview}}},

	{Name: "LAZY", Kind: Keyword, Dialect: Extension, Capability: "PREVIEW", Ref: rfc(8970, "4.1. LAZY", 0),
		Plain: "The preview only if the server has it without delay, and NIL otherwise."},
	{Name: "PREVIEW", Kind: Capability, Dialect: Extension, Ref: rfc(8970, "1. Introduction", 0),
		Plain:   "The server can make previews of messages.",
		Promise: "The client may fetch PREVIEW; the server returns at most 256 characters of text, or NIL with LAZY if it has none yet."},
}
