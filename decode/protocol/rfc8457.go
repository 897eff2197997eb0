package protocol

var rfc8457 = []Row{
	{Name: "$IMPORTANT", Kind: Flag, Dialect: Extension, Ref: rfc(8457, "2. Definition of the \"$Important\" Message Keyword", 3),
		Plain: "The message is likely to be important to the user."},
	{Name: `\Important`, Kind: Flag, Effect: HasUse, Dialect: Extension, Capability: "SPECIAL-USE", Ref: rfc(8457, "3. Definition of the 'Important' Mailbox Attribute", 3),
		Plain: "This mailbox presents messages that are likely to be important."},
}
