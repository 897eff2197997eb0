package protocol

var rfc5788 = []Row{
	{Name: "$FORWARDED", Kind: Flag, Dialect: Extension, Joined: IMAP4rev2, Ref: rfc(5788, "3.4.2. $Forwarded IMAP Keyword Registration", 7),
		Plain: "The message has been forwarded."},

	{Name: "$SUBMITPENDING", Kind: Flag, Dialect: Extension, Ref: rfc(5788, "3.4.3. $SubmitPending IMAP Keyword Registration", 8),
		Plain: "The message is waiting to be submitted."},
	{Name: "$SUBMITTED", Kind: Flag, Dialect: Extension, Ref: rfc(5788, "3.4.4. $Submitted IMAP Keyword Registration", 9),
		Plain: "The message is being submitted, or was submitted."},
}
