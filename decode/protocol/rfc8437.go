package protocol

var rfc8437 = []Row{
	{Name: "UNAUTHENTICATE", Kind: Command, Dialect: Extension, Capability: "UNAUTHENTICATE", Ref: only(8437),
		Plain:  "Logs the user out but keeps the connection.",
		States: In(Authenticated, Selected), Effect: Unauthenticates, Moves: []Move{{On: "OK", From: In(Authenticated, Selected), To: NotAuthenticated, Cite: only(8437), Why: "the user is logged out, and another may log in"}}},
}
