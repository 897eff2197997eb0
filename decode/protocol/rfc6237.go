package protocol

var rfc6237 = []Row{
	{Name: "ESEARCH", Kind: Command, Dialect: Extension, Capability: "MULTISEARCH", Syntax: "[IN (source)] [RETURN (options)] search_criteria", Ref: rfc(6237, "2. New ESEARCH Command", 3), Later: rfc(7377, "2. New ESEARCH Command", 3),
		Plain:  "Finds messages in several mailboxes.",
		States: In(Authenticated, Selected), Args: append([]Arg{searchSources}, searchProgram...),
		Claims: []Claim{{"ESEARCH", Always, 1}}},
	{Name: "MULTISEARCH", Kind: Capability, Dialect: Extension, Ref: rfc(6237, "2. New ESEARCH Command", 3), Later: rfc(7377, "2. New ESEARCH Command", 4),
		Plain:   "One search can cover several mailboxes.",
		Promise: "The client may send ESEARCH IN (…); the server answers once for each mailbox that has results."},
	{Name: "IN", Kind: Keyword, Dialect: Extension, Capability: "MULTISEARCH", Syntax: "(source ...)", Ref: rfc(6237, "2. New ESEARCH Command", 3), Later: rfc(7377, "2.2. Source Options: Specifying Mailboxes to Search", 5),
		Plain: "The mailboxes to search."},
	{Name: "MAILBOX", Kind: Correlator, Dialect: Extension, Capability: "MULTISEARCH", Syntax: "mailbox", Ref: rfc(6237, "2.1. The ESEARCH Response", 4),
		Plain: "The mailbox that this result is from.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}}},
	{Name: "UIDVALIDITY", Kind: Correlator, Dialect: Extension, Capability: "MULTISEARCH", Syntax: "number", Ref: rfc(6237, "2.1. The ESEARCH Response", 5),
		Plain: "The UIDVALIDITY of the mailbox that this result is from.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleUIDValidity}}},
	// filter-mailboxes-other =/ "subtree-one" SP one-or-more-mailbox (RFC 6237, 4)
	{Name: "SUBTREE-ONE", Kind: MailboxFilter, Dialect: Extension, Capability: "MULTISEARCH", Syntax: "mailboxes", Ref: rfc(6237, "2.2. Source Options: Specifying Mailboxes to Search", 5),
		Plain: "The named mailboxes, and those directly below them.",
		Args:  manyMailboxes},
}
