package protocol

var rfc8438 = []Row{
	{Name: "SIZE", Kind: StatusItem, Varies: WithMail, Dialect: Extension, Capability: "STATUS=SIZE", Ref: rfc(8438, "3. STATUS Command and Response Extensions", 3),
		Plain: "The total size of the messages in the mailbox, in bytes, or somewhat more.",
		Args:  []Arg{{Form: ArgNumber, Role: RoleSize}}},

	{Name: "STATUS=SIZE", Kind: Capability, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(8438, "1. Introduction", 2),
		Plain:   "STATUS can report the size of a mailbox.",
		Promise: "The client may ask STATUS for SIZE; the server answers with at least the sum of the sizes of all messages."},
}
