package protocol

var rfc2177 = []Row{
	{Name: "IDLE", Kind: Command, Dialect: Extension, Capability: "IDLE", Ref: rfc(2177, "3. Specification", 1),
		Plain:  "Waits while the server reports changes as they happen, until the client sends DONE.",
		States: In(Authenticated, Selected), Args: []Arg{}, Effect: Idles, Lines: IdleLines},
	{Name: "DONE", Kind: Command, Dialect: Extension, Capability: "IDLE", Ref: rfc(2177, "3. Specification", 2),
		Plain:  "Ends an IDLE; it has no tag.",
		States: In(Authenticated, Selected), Args: []Arg{}, Effect: EndsIdle,
		NoTag: true},

	{Name: "IDLE", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(2177, "3. Specification", 1),
		Plain:   "The client can wait for changes with IDLE.",
		Promise: "The client may send IDLE and wait; the server reports changes as they happen, until the client sends DONE."},
}
