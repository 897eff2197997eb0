package protocol

var rfc4314 = []Row{
	{Name: "GETACL", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox", Ref: rfc(4314, "3.3. GETACL Command", 10),
		Plain:  "Asks for the access control list of a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}}, Claims: []Claim{{"ACL", Always, 1}}},
	// setacl = "SETACL" SP mailbox SP identifier SP mod-rights (RFC 4314, 7)
	{Name: "SETACL", Kind: Command, Alters: true, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights", Ref: rfc(4314, "3.1. SETACL Command", 8),
		Plain:  "Sets the rights of a user on a mailbox, or adds or removes some.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleIdentifier}, {Form: ArgString, Role: RoleRights}}},
	{Name: "DELETEACL", Kind: Command, Alters: true, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier", Ref: rfc(4314, "3.2. DELETEACL Command", 9),
		Plain:  "Removes the rights of a user on a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleIdentifier}}},
	{Name: "LISTRIGHTS", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier", Ref: rfc(4314, "3.4. LISTRIGHTS Command", 10),
		Plain:  "Asks which rights a user can be granted on a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleIdentifier}},
		Claims: []Claim{{"LISTRIGHTS", Always, 1}}},
	{Name: "MYRIGHTS", Kind: Command, Dialect: Extension, Capability: "ACL", Syntax: "mailbox", Ref: rfc(4314, "3.5. MYRIGHTS Command", 11),
		Plain:  "Asks for the user's own rights on a mailbox.",
		States: In(Authenticated, Selected), Args: []Arg{{Form: ArgString, Role: RoleMailbox}},
		Claims: []Claim{{"MYRIGHTS", Always, 1}}},
	// acl-data = "ACL" SP mailbox *(SP identifier SP rights) (RFC 4314, 7)
	{Name: "ACL", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights ...", Ref: rfc(4314, "3.6. ACL Response", 11),
		Plain: "The access control list of a mailbox.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgSeries, Optional: true, Repeat: true, Of: []Arg{{Form: ArgString, Role: RoleIdentifier}, {Form: ArgString, Role: RoleRights}}}}},
	// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights) (RFC 4314, 7)
	{Name: "LISTRIGHTS", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights ...", Ref: rfc(4314, "3.7. LISTRIGHTS Response", 12),
		Plain: "The rights that a user can be granted on a mailbox.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleIdentifier}, {Form: ArgString, Role: RoleRights, Repeat: true}}},
	{Name: "MYRIGHTS", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox rights", Ref: rfc(4314, "3.8. MYRIGHTS Response", 12),
		Plain: "The user's own rights on a mailbox.",
		Args:  []Arg{{Form: ArgString, Role: RoleMailbox}, {Form: ArgString, Role: RoleRights}}},

	{Name: "RIGHTS=", Kind: Capability, Dialect: Extension, Syntax: "rights", Ref: rfc(4314, "2. Access Control", 3),
		Plain:   "These rights can be given in access control lists, in addition to those of RFC 2086.",
		Promise: "The client may set these rights individually; the server does not treat them as parts of c or d."},
}
