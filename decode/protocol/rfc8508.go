package protocol

var rfc8508 = []Row{
	{Name: "REPLACE", Kind: Command, Dialect: Extension, Capability: "REPLACE", Syntax: "number mailbox [flag_list] [date_time] literal", Ref: only(8508),
		Plain:  "Puts a new version of a message in place of an old one.",
		States: In(Selected), Args: []Arg{{Form: ArgValue, Role: RoleMessageNumber}, {Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue, Role: RoleMessage}}, Effect: Appends},
}
