package protocol

var rfc5258 = []Row{
	{Name: `\Subscribed`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: only(5258),
		Plain: "The user has subscribed to this mailbox."},
	{Name: `\NonExistent`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: only(5258),
		Plain: "No mailbox with this name exists."},
}
