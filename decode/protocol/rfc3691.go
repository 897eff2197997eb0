package protocol

var rfc3691 = []Row{
	{Name: "UNSELECT", Kind: Command, Dialect: Extension, Capability: "UNSELECT", Ref: rfc(3691, "2. UNSELECT Command", 2),
		Plain:  "Closes the mailbox without removing any message.",
		States: In(Selected), Args: []Arg{}, Effect: Deselects, Moves: []Move{{On: "OK", From: In(Selected), To: Authenticated, Cite: rfc(3691, "2. UNSELECT Command", 2), Why: "deselected, and nothing expunged"}}},

	{Name: "UNSELECT", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(3691, "1. Introduction", 2),
		Plain:   "A mailbox can be closed without expunging it.",
		Promise: "The client may send UNSELECT; the server deselects the mailbox and removes nothing."},
}
