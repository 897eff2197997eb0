package protocol

var rfc3348 = []Row{
	{Name: `\HasChildren`, Kind: Flag, Dialect: Extension, Capability: "CHILDREN", Ref: only(3348),
		Plain: "There are mailboxes below this one in the hierarchy."},
	{Name: `\HasNoChildren`, Kind: Flag, Dialect: Extension, Capability: "CHILDREN", Ref: only(3348),
		Plain: "There are no mailboxes below this one in the hierarchy."},
}
