package protocol

var rfc9051 = []Row{
	{Name: "$JUNK", Kind: Flag, Dialect: Extension, Ref: only(9051),
		Plain: "The user, or a filter, thinks that the message is junk."},
	{Name: "$NOTJUNK", Kind: Flag, Dialect: Extension, Ref: only(9051),
		Plain: "The user says that the message is not junk."},
	{Name: "$PHISHING", Kind: Flag, Dialect: Extension, Ref: only(9051),
		Plain: "The message looks as if it wants to trick its reader."},
}
