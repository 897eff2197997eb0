package protocol

var rfc2087 = []Row{
	// getquota = "GETQUOTA" SP quota-root-name (RFC 9208, 7)
	{Name: "GETQUOTA", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root", Ref: rfc(2087, "4.2. GETQUOTA Command", 3),
		Plain:  "Asks for the usage and limits of a quota root.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleQuotaRoot}}, Claims: []Claim{{"QUOTA", Always, 1}}},
	{Name: "GETQUOTAROOT", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox", Ref: rfc(2087, "4.3. GETQUOTAROOT Command", 3),
		Plain:  "Asks for the quota roots of a mailbox, and their usage and limits.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}}, Claims: []Claim{{"QUOTAROOT", Always, 1}, {"QUOTA", Always, 1}}},
	// setquota = "SETQUOTA" SP quota-root-name SP setquota-list
	// setquota-list = "(" [resource-name SP resource-limit *(SP resource-name SP resource-limit)] ")" (RFC 9208, 7)
	{Name: "SETQUOTA", Kind: Command, Alters: true, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource limit ...)", Ref: rfc(2087, "4.1. SETQUOTA Command", 2),
		Plain:  "Sets the limits of a quota root.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleQuotaRoot}, {Form: ArgList, Of: []Arg{{Form: ArgSeries, Optional: true, Repeat: true, Of: []Arg{{Form: ArgName, Word: QuotaResource, Role: RoleResource}, {Form: ArgNumber, Role: RoleLimit}}}}}}, Claims: []Claim{{"QUOTA", Always, 1}}},

	// quota_response ::= "QUOTA" SP astring SP quota_list
	// quota_list ::= "(" #quota_resource ")"
	// quota_resource ::= atom SP number SP number (RFC 2087, 6)
	{Name: "QUOTA", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource usage limit ...)", Ref: rfc(2087, "5.1. QUOTA Response", 4),
		Plain: "The usage and limits of a quota root.",
		Args:  []Arg{{Form: ArgString, Role: RoleQuotaRoot}, {Form: ArgList, Of: []Arg{{Form: ArgSeries, Optional: true, Repeat: true, Of: []Arg{{Form: ArgName, Word: QuotaResource, Role: RoleResource}, {Form: ArgNumber, Role: RoleUsage}, {Form: ArgNumber, Role: RoleLimit}}}}}}},
	// quotaroot_response ::= "QUOTAROOT" SP astring *(SP astring) (RFC 2087, 6)
	{Name: "QUOTAROOT", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox quota_root ...", Ref: rfc(2087, "5.2. QUOTAROOT Response", 4),
		Plain: "The quota roots of a mailbox.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleQuotaRoot, Optional: true, Repeat: true}}},

	{Name: "QUOTA", Kind: Capability, Dialect: Extension, Ref: rfc(2087, "3. Introduction and Overview", 2),
		Plain:   "The server may limit resources of mailboxes, such as storage, by quotas.",
		Promise: "The client may send GETQUOTA and GETQUOTAROOT; the server answers QUOTA and QUOTAROOT."},
}
