package protocol

var rfc2087 = []Row{
	{Name: "GETQUOTA", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root", Ref: only(2087),
		Plain:  "Asks how much may be stored, and how much is.",
		States: In(Authenticated, Selected), Claims: []Claim{{"QUOTA", Always, 1}}},
	{Name: "GETQUOTAROOT", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox", Ref: only(2087),
		Plain:  "Asks which limits on storage hold for a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgValue, Role: RoleMailbox}}, Claims: []Claim{{"QUOTAROOT", Always, 1}, {"QUOTA", Always, 1}}},
	{Name: "SETQUOTA", Kind: Command, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource limit ...)", Ref: only(2087),
		Plain:  "Sets how much may be stored.",
		States: In(Authenticated, Selected), Claims: []Claim{{"QUOTA", Always, 1}}},

	{Name: "QUOTA", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource usage limit ...)", Ref: only(2087),
		Plain: "How much may be stored, and how much is."},
	{Name: "QUOTAROOT", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox quota_root ...", Ref: only(2087),
		Plain: "Which limits on storage hold for a mailbox.",
		Args:  []Arg{{Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue}}},
}
