package protocol

var rfc8474 = []Row{
	{Name: "EMAILID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: rfc(8474, "5.3. New Message Data Items in FETCH and UID FETCH Commands", 7),
		Plain: "An identifier of the message's content, the same for every copy."},
	{Name: "THREADID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: rfc(8474, "5.3. New Message Data Items in FETCH and UID FETCH Commands", 7),
		Plain: "An identifier of the thread that the message belongs to."},

	{Name: "EMAILID", Kind: Property, Varies: Assigned, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: rfc(8474, "5.3. New Message Data Items in FETCH and UID FETCH Commands", 7),
		Plain: "An identifier of the message's content, the same for every copy.",
		Args:  []Arg{objectID}},
	{Name: "THREADID", Kind: Property, Varies: Assigned, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id) / NIL", Ref: rfc(8474, "5.3. New Message Data Items in FETCH and UID FETCH Commands", 7),
		Plain: "An identifier of the thread that the message belongs to; NIL if the server has none.",
		Args:  []Arg{{Form: ArgChoice, Of: []Arg{objectID, {Form: ArgNIL, Role: RoleObjectID}}}}},

	// "MAILBOXID" SP "(" objectid ")" (RFC 8474, 7)
	{Name: "MAILBOXID", Kind: StatusItem, Varies: Assigned, Dialect: Extension, Capability: "OBJECTID", Ref: rfc(8474, "4.3. New Attribute for STATUS", 5),
		Plain: "An identifier of the mailbox that renaming does not change.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleObjectID}}}}},

	// "MAILBOXID" SP "(" objectid ")" (RFC 8474, 7)
	{Name: "MAILBOXID", Kind: Code, Varies: Assigned, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: rfc(8474, "4.1. New Response Code for CREATE", 4),
		Plain: "The identifier of the mailbox.",
		Args:  []Arg{{Form: ArgList, Of: []Arg{{Form: ArgString, Role: RoleObjectID}}}}},
	{Name: "EMAILID", Kind: SearchKey, Dialect: Extension, Capability: "OBJECTID", Syntax: "id", Ref: rfc(8474, "6. New Filters on SEARCH Command", 9),
		Plain: "Messages whose content has this identifier.",
		Args:  []Arg{{Form: ArgString, Role: RoleObjectID}}},
	{Name: "THREADID", Kind: SearchKey, Dialect: Extension, Capability: "OBJECTID", Syntax: "id", Ref: rfc(8474, "6. New Filters on SEARCH Command", 9),
		Plain: "Messages of the thread with this identifier.",
		Args:  []Arg{{Form: ArgString, Role: RoleObjectID}}},
	{Name: "OBJECTID", Kind: Capability, Dialect: Extension, Ref: rfc(8474, "3. CAPABILITY Identification", 3),
		Plain:   "Mailboxes and messages have permanent identifiers.",
		Promise: "The client may ask for MAILBOXID, EMAILID and THREADID; the server never uses one for something else."},
}
