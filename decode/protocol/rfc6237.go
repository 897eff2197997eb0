package protocol

var rfc6237 = []Row{
	{Name: "ESEARCH", Kind: Command, Dialect: Extension, Capability: "MULTISEARCH", Syntax: "[IN (source)] [RETURN (options)] search_criteria", Later: rfc(7377, "2. New ESEARCH Command", 3), Ref: rfc(6237, "2. New ESEARCH Command", 3),
		Plain:  "Finds messages in several mailboxes.",
		States: In(Authenticated, Selected), Claims: []Claim{{"ESEARCH", Always, 1}}},
	{Name: "MULTISEARCH", Kind: Capability, Dialect: Extension, Later: rfc(7377, "2. New ESEARCH Command", 4), Ref: rfc(6237, "2. New ESEARCH Command", 3),
		Plain:   "One search can be about several mailboxes.",
		Promise: "The client may send ESEARCH IN (…); the server answers once for each mailbox that has results."},
}
