package protocol

var rfc8514 = []Row{
	{Name: "SAVEDATE", Kind: FetchItem, Dialect: Extension, Capability: "SAVEDATE", Ref: rfc(8514, "4.2. FETCH Command and Response Extensions", 4),
		Plain: "When the message was saved in this mailbox."},

	{Name: "SAVEDATE", Kind: Property, Dialect: Extension, Capability: "SAVEDATE", Syntax: "date_time / NIL", Ref: rfc(8514, "4.2. FETCH Command and Response Extensions", 4),
		Plain: "When the message was saved in this mailbox; NIL if that is not recorded.",
		Args:  []Arg{{Form: ArgDateTime, Role: RoleSaveDate}}},

	{Name: "SAVEDBEFORE", Kind: SearchKey, Dialect: Extension, Capability: "SAVEDATE", Syntax: "date", Ref: rfc(8514, "4.3. SEARCH Command Extension", 4),
		Plain: "Messages saved in the mailbox before this day.",
		Args:  []Arg{{Form: ArgString, Role: RoleSearchDate}}},
	{Name: "SAVEDON", Kind: SearchKey, Dialect: Extension, Capability: "SAVEDATE", Syntax: "date", Ref: rfc(8514, "4.3. SEARCH Command Extension", 4),
		Plain: "Messages saved in the mailbox on this day.",
		Args:  []Arg{{Form: ArgString, Role: RoleSearchDate}}},
	{Name: "SAVEDSINCE", Kind: SearchKey, Dialect: Extension, Capability: "SAVEDATE", Syntax: "date", Ref: rfc(8514, "4.3. SEARCH Command Extension", 4),
		Plain: "Messages saved in the mailbox on or after this day.",
		Args:  []Arg{{Form: ArgString, Role: RoleSearchDate}}},
	{Name: "SAVEDATESUPPORTED", Kind: SearchKey, Dialect: Extension, Capability: "SAVEDATE", Ref: rfc(8514, "4.3. SEARCH Command Extension", 5),
		Plain: "All messages, if the mailbox records when messages were saved."},
	{Name: "SAVEDATE", Kind: Capability, Dialect: Extension, Ref: rfc(8514, "4.1. CAPABILITY Identification", 4),
		Plain:   "The server records when messages were saved in a mailbox.",
		Promise: "The client may fetch SAVEDATE and search by it; the server answers NIL where a mailbox does not record it."},
}
