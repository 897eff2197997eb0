package protocol

var rfc9208 = []Row{
	{Name: "DELETED-STORAGE", Kind: StatusItem, Dialect: Extension, Capability: "QUOTA=RES-STORAGE", Ref: rfc(9208, "4.1.4. New STATUS attributes", 0),
		Plain: "The storage that expunging the mailbox would free."},
	{Name: "QUOTASET", Kind: Capability, Dialect: Extension, Ref: rfc(9208, "4.1.3. SETQUOTA", 0),
		Plain:   "The client can set quotas.",
		Promise: "The client may send SETQUOTA; the server changes the limits if the user has the right to."},
	{Name: "QUOTA=RES-STORAGE", Kind: Capability, Dialect: Extension, Ref: rfc(9208, "5.1. STORAGE", 0),
		Plain:   "Quotas can limit storage.",
		Promise: "QUOTA can have the resource STORAGE; the server counts the size of all messages, in units of 1024 bytes."},
	{Name: "QUOTA=RES-MESSAGE", Kind: Capability, Dialect: Extension, Ref: rfc(9208, "5.2. MESSAGE", 0),
		Plain:   "Quotas can limit the number of messages.",
		Promise: "QUOTA can have the resource MESSAGE; the server counts messages."},
	{Name: "QUOTA=RES-MAILBOX", Kind: Capability, Dialect: Extension, Ref: rfc(9208, "5.3. MAILBOX", 0),
		Plain:   "Quotas can limit the number of mailboxes.",
		Promise: "QUOTA can have the resource MAILBOX; the server counts mailboxes."},
	{Name: "QUOTA=RES-ANNOTATION-STORAGE", Kind: Capability, Dialect: Extension, Ref: rfc(9208, "5.4. ANNOTATION-STORAGE", 0),
		Plain:   "Quotas can limit the size of the annotations of messages.",
		Promise: "QUOTA can have the resource ANNOTATION-STORAGE; the server counts the size of annotations, in units of 1024 bytes."},
}
