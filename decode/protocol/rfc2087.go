package protocol

var rfc2087 = []Row{
	{Name: "GETQUOTA", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root", Ref: only(2087),
		Plain:  "Asks for the usage and limits of a quota root.",
		States: In(Authenticated, Selected), Claims: []Claim{{"QUOTA", Always, 1}}},
	{Name: "GETQUOTAROOT", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox", Ref: only(2087),
		Plain:  "Asks for the quota roots of a mailbox, and their usage and limits.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleMailbox}}, Claims: []Claim{{"QUOTAROOT", Always, 1}, {"QUOTA", Always, 1}}},
	{Name: "SETQUOTA", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource limit ...)", Ref: only(2087),
		Plain:  "Sets the limits of a quota root.",
		States: In(Authenticated, Selected), Claims: []Claim{{"QUOTA", Always, 1}}},

	{Name: "QUOTA", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource usage limit ...)", Ref: only(2087),
		Plain: "The usage and limits of a quota root."},
	{Name: "QUOTAROOT", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox quota_root ...", Ref: only(2087),
		Plain: "The quota roots of a mailbox.",
		Args:  []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
}
