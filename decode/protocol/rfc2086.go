package protocol

var rfc2086 = []Row{
	{Name: "ACL", Kind: Capability, Dialect: Extension, Ref: rfc(2086, "3. Introduction and Overview", 2),
		Plain:   "Mailboxes have access control lists.",
		Promise: "The client may send GETACL, SETACL, DELETEACL, LISTRIGHTS and MYRIGHTS; the server enforces the rights."},
}
