package protocol

var rfc5465 = []Row{
	{Name: "NOTIFY", Kind: Command, Dialect: Extension, Capability: "NOTIFY", Syntax: "SET ... / NONE", Ref: rfc(5465, "3.1. The NOTIFY Command", 4),
		Plain:  "Selects the mailboxes and events that the server reports as they happen.",
		States: In(Authenticated, Selected)},

	{Name: "NOTIFICATIONOVERFLOW", Kind: Code, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "5.8. Notification Overflow", 13),
		Plain: "There are more events than the server is able or willing to report."},
	{Name: "BADEVENT", Kind: Code, Dialect: Extension, Capability: "NOTIFY", Syntax: "(event ...)", Ref: rfc(5465, "3.1. The NOTIFY Command", 7),
		Plain: "The server cannot report one of the events asked for; it can report those listed."},
	{Name: `\NoAccess`, Kind: Flag, Dialect: Extension, Capability: "NOTIFY", Ref: rfc(5465, "3.1. The NOTIFY Command", 6),
		Plain: "The user may see this mailbox in lists, but not receive the events asked for."},
	{Name: "NOTIFY", Kind: Capability, Dialect: Extension, Ref: rfc(5465, "3. The NOTIFY Extension", 4),
		Plain:   "The server can report events at any time, in other mailboxes too.",
		Promise: "The client may send NOTIFY SET with events and mailboxes; the server reports these as they happen, and only these."},
}
