package protocol

var rfc5182 = []Row{
	{Name: "NOTSAVED", Kind: Code, Dialect: Extension, Capability: "SEARCHRES", Ref: rfc(5182, "2.5. Refusing to Save Search Results", 10),
		Plain: "The server refused to save the search result; $ is empty now.",
		Args:  []Arg{}},
	{Name: "SEARCHRES", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(5182, "2.1. Normative Description of the SEARCHRES Extension", 3),
		Plain:   "Commands can refer to the last search result as $.",
		Promise: "The client may send SEARCH RETURN (SAVE), and $ in place of a sequence; the server keeps the result until the next one."},

	{Name: "SAVE", Kind: SearchReturn, Dialect: Extension, Capability: "SEARCHRES", Ref: rfc(5182, "2.1. Normative Description of the SEARCHRES Extension", 3),
		Plain: "The server keeps the result, and $ in a later command refers to it."},
}
