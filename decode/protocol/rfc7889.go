package protocol

var rfc7889 = []Row{
	// "APPENDLIMIT" SP (number / nil) (RFC 7889, 5)
	{Name: "APPENDLIMIT", Kind: StatusItem, Dialect: Extension, Capability: "APPENDLIMIT", Ref: rfc(7889, "3.1. STATUS Response to the STATUS Command", 4),
		Plain: "The largest message that can be appended to the mailbox, in bytes; NIL means no limit.",
		Args:  []Arg{{Form: ArgChoice, Of: []Arg{{Form: ArgNIL, Role: RoleLimit}, {Form: ArgNumber, Role: RoleLimit}}}}},
	{Name: "APPENDLIMIT", Kind: Capability, Dialect: Extension, Ref: rfc(7889, "2. APPENDLIMIT Extension", 3),
		Plain:   "STATUS can report how large a message appended to the mailbox can be.",
		Promise: "The client may ask STATUS for APPENDLIMIT; the server refuses a longer message before it is sent, with TOOBIG."},
	{Name: "APPENDLIMIT=", Kind: Capability, Dialect: Extension, Syntax: "number", Ref: rfc(7889, "2. APPENDLIMIT Extension", 3),
		Plain:   "The largest message that can be appended to any mailbox, in bytes.",
		Promise: "The client need not send a longer message: the server refuses it with TOOBIG."},
}
