package protocol

var rfc6154 = []Row{
	{Name: `\All`, Kind: Flag, Effect: HasUse, Dialect: Extension, Joined: IMAP4rev2, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 4),
		Plain: "This mailbox presents all of the user's messages."},
	{Name: `\Archive`, Kind: Flag, Effect: HasUse, Dialect: Extension, Joined: IMAP4rev2, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 4),
		Plain: "This mailbox holds archived messages."},
	{Name: `\Drafts`, Kind: Flag, Effect: HasUse, Dialect: Extension, Joined: IMAP4rev2, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 4),
		Plain: "This mailbox holds drafts."},
	{Name: `\Junk`, Kind: Flag, Effect: HasUse, Dialect: Extension, Joined: IMAP4rev2, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 4),
		Plain: "This mailbox holds junk mail."},
	{Name: `\Sent`, Kind: Flag, Effect: HasUse, Dialect: Extension, Joined: IMAP4rev2, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 4),
		Plain: "This mailbox holds copies of messages that the user sent."},
	{Name: `\Trash`, Kind: Flag, Effect: HasUse, Dialect: Extension, Joined: IMAP4rev2, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 4),
		Plain: "This mailbox holds messages that were deleted or marked for deletion."},

	{Name: "USEATTR", Kind: Code, Dialect: Extension, Capability: "CREATE-SPECIAL-USE", Ref: rfc(6154, "3. Extension to IMAP CREATE Command to Set Special-Use Attributes", 6),
		Plain: "The mailbox was not created, because it cannot have this special use.",
		Args:  []Arg{}},
	{Name: "SPECIAL-USE", Kind: Capability, Dialect: Extension, Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 3),
		Plain:   "Mailboxes are marked with their use.",
		Promise: "The server puts \\Sent, \\Trash and the like into LIST responses; the client may ask LIST for only such mailboxes."},
	{Name: "CREATE-SPECIAL-USE", Kind: Capability, Dialect: Extension, Ref: rfc(6154, "3. Extension to IMAP CREATE Command to Set Special-Use Attributes", 6),
		Plain:   "CREATE can set what the mailbox is used for.",
		Promise: "The client may send CREATE … (USE (…)); the server assigns the use, or refuses with USEATTR."},

	// create-param =/ "USE" SP "(" [use-attr *(SP use-attr)] ")" (RFC 6154, 6)
	{Name: "USE", Kind: Modifier, Dialect: Extension, Capability: "CREATE-SPECIAL-USE", Syntax: "(attribute ...)", Ref: rfc(6154, "3. Extension to IMAP CREATE Command to Set Special-Use Attributes", 5),
		Plain: "The special uses of the mailbox that CREATE creates.",
		Args:  []Arg{{Form: ArgAttributes, Role: RoleAttribute}}},
	{Name: "SPECIAL-USE", Kind: ListSelection, Dialect: Extension, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 3),
		Plain: "Only mailboxes that have a special use."},
	{Name: "SPECIAL-USE", Kind: ListReturn, Dialect: Extension, Capability: "SPECIAL-USE", Ref: rfc(6154, "2. New Mailbox Attributes Identifying Special-Use Mailboxes", 3),
		Plain: "The special uses of each mailbox."},
}
