package protocol

var rfc5465 = []Row{
	// notify = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-group *(SP event-group) / "NONE")
	// event-group = "(" filter-mailboxes SP events ")"
	// events = "(" event *(SP event) ")" / "NONE" (RFC 5465, 8); the examples in 3.1 have events
	// without parentheses
	{Name: "NOTIFY", Kind: Command, Dialect: Extension, Capability: "NOTIFY", Syntax: "SET ... / NONE", Ref: rfc(5465, "3.1. The NOTIFY Command", 4),
		Plain:  "Selects the mailboxes and events that the server reports as they happen.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgKeyword, Name: "NONE"}, {Form: ArgKeyword, Name: "SET", Of: []Arg{{Form: ArgKeyword, Name: "STATUS", Optional: true}, {Form: ArgList, Repeat: true, Of: []Arg{{Form: ArgWord, Word: MailboxFilter}, {Form: ArgChoice, Repeat: true, Of: []Arg{{Form: ArgKeyword, Name: "NONE"}, {Form: ArgList, Of: []Arg{{Form: ArgWord, Word: Event, Role: RoleEvent, Repeat: true}}}, {Form: ArgWord, Word: Event, Role: RoleEvent, Repeat: true}}}}}}}}}}},

	{Name: "NOTIFICATIONOVERFLOW", Kind: Code, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.8. Notification Overflow", 13),
		Plain: "There are more events than the server is able or willing to report.",
		Args:  []Arg{}},
	// unsupported-events-code = "BADEVENT" SP "(" event-name *(SP event-name) ")" (RFC 5465, 8)
	{Name: "BADEVENT", Kind: Code, Dialect: Extension, Capability: "NOTIFY", Syntax: "(event ...)", Ref: rfc(5465, "3.1. The NOTIFY Command", 7),
		Plain: "The server cannot report one of the events asked for; it can report those listed.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgName, Word: Event, Role: RoleEvent, Repeat: true}}}}},
	{Name: `\NoAccess`, Kind: Flag, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "3.1. The NOTIFY Command", 6),
		Plain: "The user may see this mailbox in lists, but not receive the events asked for."},
	{Name: "NOTIFY", Kind: Capability, Dialect: Extension, Ref: rfc(5465, "3. The NOTIFY Extension", 4),
		Plain:   "The server can report events at any time, in other mailboxes too.",
		Promise: "The client may send NOTIFY SET with events and mailboxes; the server reports these as they happen, and only these."},
	// oldname-extended-item = "OLDNAME" SP "(" mailbox ")" (RFC 5465, 8)
	{Name: "OLDNAME", Kind: ListItem, Dialect: Extension, Capability: "NOTIFY", Syntax: "(mailbox)", Ref: rfc(5465, "5.4. MailboxName", 12),
		Plain: "The name of the mailbox before it was renamed.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleMailbox}}}}},
	{Name: "SET", Kind: Keyword, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "3.1. The NOTIFY Command", 4),
		Plain: "The events that follow replace those asked for before."},
	{Name: "NONE", Kind: Keyword, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "3.1. The NOTIFY Command", 4),
		Plain: "No events, or nothing."},
	{Name: "STATUS", Kind: Keyword, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "3.1. The NOTIFY Command", 4),
		Plain: "The server first sends a STATUS response for each of the mailboxes."},
	{Name: "SELECTED", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "6.1.1. Selected", 15),
		Plain: "The selected mailbox; its changes are reported at once."},
	{Name: "SELECTED-DELAYED", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "6.1.2. Selected-Delayed", 15),
		Plain: "The selected mailbox; expunged messages are reported when a command allows that."},
	{Name: "PERSONAL", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "6.2. Personal", 15),
		Plain: "All mailboxes of the user."},
	{Name: "INBOXES", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "6.3. Inboxes", 15),
		Plain: "The mailboxes into which mail can be delivered."},
	{Name: "SUBSCRIBED", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "6.4. Subscribed", 15),
		Plain: "The mailboxes that the user subscribes to."},
	// "subtree" SP one-or-more-mailbox (RFC 5465, 8)
	{Name: "SUBTREE", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Syntax: "mailboxes", Ref: rfc(5465, "6.5. Subtree", 16),
		Plain: "The named mailboxes, and all that are below them.",
		Args:  manyMailboxes},
	// "mailboxes" SP one-or-more-mailbox (RFC 5465, 8)
	{Name: "MAILBOXES", Kind: MailboxFilter, Dialect: Extension, Capability: "NOTIFY", Syntax: "mailboxes", Ref: rfc(5465, "6.6. Mailboxes", 16),
		Plain: "The named mailboxes.",
		Args:  manyMailboxes},
	{Name: "FlagChange", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.1. FlagChange and AnnotationChange", 9),
		Plain: "The flags of a message changed."},
	{Name: "AnnotationChange", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.1. FlagChange and AnnotationChange", 9),
		Plain: "The annotations of a message changed."},
	// "MessageNew" [SP "(" fetch-att *(SP fetch-att) ")"] (RFC 5465, 8)
	{Name: "MessageNew", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Syntax: "[(fetch_items)]", Ref: rfc(5465, "5.2. MessageNew", 10),
		Plain: "A message arrived; the listed items of it are sent too.",
		Args:  []Arg{{Form: ArgFetchList, Optional: true}}},
	{Name: "MessageExpunge", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.3. MessageExpunge", 11),
		Plain: "A message was expunged."},
	{Name: "MailboxName", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.4. MailboxName", 11),
		Plain: "A mailbox was created, deleted or renamed."},
	{Name: "SubscriptionChange", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.5. SubscriptionChange", 12),
		Plain: "A mailbox was subscribed to, or no longer is."},
	{Name: "MailboxMetadataChange", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.6. MailboxMetadataChange", 12),
		Plain: "The metadata of a mailbox changed."},
	{Name: "ServerMetadataChange", Kind: Event, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.7. ServerMetadataChange", 13),
		Plain: "The metadata of the server changed."},
}
