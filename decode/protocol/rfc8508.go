package protocol

var rfc8508 = []Row{
	{Name: "REPLACE", Kind: Command, Dialect: Extension, Capability: "REPLACE", Syntax: "number mailbox [flag_list] [date_time] literal", Ref: only(8508),
		Plain:  "Replaces a message with a new version of it.",
		States: In(Selected), Args: []Arg{{Form: ArgValue, Role: RoleMessageNumber}, {Form: ArgValue, Role: RoleMailbox}, {Form: ArgValue, Role: RoleMessage}}, Effect: Appends},
}
