package protocol

var rfc2177 = []Row{
	{Name: "IDLE", Kind: Command, Dialect: Extension, Capability: "IDLE", Ref: rfc(2177, "3. Specification", 1),
		Plain:  "Waits in silence while the server tells news as it happens, until the client says DONE.",
		States: In(Authenticated, Selected), Effect: Idles, Lines: IdleLines},
	{Name: "DONE", Kind: Command, Dialect: Extension, Capability: "IDLE", Ref: rfc(2177, "3. Specification", 2),
		Plain:  "Ends an IDLE; the one line of a client that has no tag.",
		States: In(Authenticated, Selected), Effect: EndsIdle,
		NoTag: true},
}
