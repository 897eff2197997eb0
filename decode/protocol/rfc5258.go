package protocol

var rfc5258 = []Row{
	{Name: `\Subscribed`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3. Extended LIST Command", 6),
		Plain: "The user has subscribed to this mailbox."},
	{Name: `\NonExistent`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3. Extended LIST Command", 6),
		Plain: "No mailbox with this name exists."},

	{Name: `\Remote`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3. Extended LIST Command", 6),
		Plain: "The mailbox is on another server."},
	{Name: "LIST-EXTENDED", Kind: Capability, Dialect: Extension, Ref: rfc(5258, "1. Introduction and Overview", 3),
		Plain: "LIST takes options."},
}
