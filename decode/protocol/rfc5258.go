package protocol

var rfc5258 = []Row{
	{Name: `\Subscribed`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3.1. Initial List of Selection Options", 7),
		Plain: "The user has subscribed to this mailbox."},
	{Name: `\NonExistent`, Kind: Flag, Effect: CannotSelect, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3. Extended LIST Command", 6),
		Plain: "No mailbox with this name exists."},

	{Name: `\Remote`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3.1. Initial List of Selection Options", 7),
		Plain: "The mailbox is on another server."},
	{Name: "LIST-EXTENDED", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(5258, "1. Introduction and Overview", 3),
		Plain:   "LIST takes options and several patterns.",
		Promise: "The client may give LIST options, several patterns and RETURN; the server puts what was asked for into the LIST responses."},

	{Name: "SUBSCRIBED", Kind: ListSelection, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3.1. Initial List of Selection Options", 7),
		Plain: "The names that the user has subscribed to, whether they exist or not."},
	{Name: "REMOTE", Kind: ListSelection, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3.1. Initial List of Selection Options", 7),
		Plain: "Mailboxes on other servers, too."},
	{Name: "RECURSIVEMATCH", Kind: ListSelection, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3.1. Initial List of Selection Options", 8),
		Plain: "Parents of mailboxes that match, too, if they do not match themselves."},
	{Name: "SUBSCRIBED", Kind: ListReturn, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3.2. Initial List of Return Options", 8),
		Plain: "Whether the user has subscribed to each mailbox."},
	{Name: "CHILDREN", Kind: ListReturn, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "4. The CHILDREN Return Option", 12),
		Plain: "Whether there are mailboxes below each one."},
	{Name: "RETURN", Kind: Keyword, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: rfc(5258, "3. Extended LIST Command", 4),
		Plain: "The options that follow say what to report in addition."},
	// childinfo-extended-item = "CHILDINFO" SP "(" list-select-base-opt-quoted
	//                           *(SP list-select-base-opt-quoted) ")" (RFC 5258, 6)
	{Name: "CHILDINFO", Kind: ListItem, Dialect: Extension, Capability: "LIST-EXTENDED", Syntax: "(options)", Ref: rfc(5258, "3.5. CHILDINFO Extended Data Item", 10),
		Plain: "A mailbox below this one was selected by the listed options.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgName, Word: ListSelection, Quoted: true, Repeat: true}}}}},
}
