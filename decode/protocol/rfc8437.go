package protocol

var rfc8437 = []Row{
	{Name: "UNAUTHENTICATE", Kind: Command, Dialect: Extension, Capability: "UNAUTHENTICATE", Ref: rfc(8437, "3. UNAUTHENTICATE Command", 3),
		Plain:  "Logs the user out but keeps the connection.",
		States: In(Authenticated, Selected), Args: []Arg{}, Effect: Unauthenticates, Moves: []Move{{On: "OK", From: In(Authenticated, Selected), To: NotAuthenticated, Cite: rfc(8437, "3. UNAUTHENTICATE Command", 3), Why: "the user is logged out, and another may log in"}}},

	{Name: "UNAUTHENTICATE", Kind: Capability, Dialect: Extension, Ref: rfc(8437, "3. UNAUTHENTICATE Command", 3),
		Plain:   "The user can log out without closing the connection.",
		Promise: "The client may send UNAUTHENTICATE and then log in as another user; the server forgets everything but TLS and compression."},
}
