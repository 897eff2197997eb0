package protocol

var rfc9051 = []Row{
	{Name: "$JUNK", Kind: Flag, Dialect: Extension, Ref: only(9051),
		Plain: "The user or a filter considers the message junk."},
	{Name: "$NOTJUNK", Kind: Flag, Dialect: Extension, Ref: only(9051),
		Plain: "The user or a filter considers the message not junk."},
	{Name: "$PHISHING", Kind: Flag, Dialect: Extension, Ref: only(9051),
		Plain: "The message is likely to be a phishing attempt."},
}
