package protocol

// What comes back under the command's own tag.
var completions = []Entry{
	{Name: "OK", Kind: Completion, Syntax: "text", Ref: response("tag OK", 18), Plain: "The command was carried out."},
	{Name: "NO", Kind: Completion, Syntax: "text", Ref: response("tag NO", 18), Plain: "The command was understood but could not be carried out; the text says why."},
	{Name: "BAD", Kind: Completion, Syntax: "text", Ref: response("tag BAD", 18), Plain: "The server did not understand the command: most likely the client has a fault."},
}

// What comes under "*", and "+".
var responses = []Entry{
	// RFC 1176.
	{Name: "EXISTS", Kind: Response, Numbered: true, Ref: response("EXISTS", 18), Plain: "So many messages are in the mailbox."},
	{Name: "RECENT", Kind: Response, Numbered: true, Ref: response("RECENT", 18), Plain: "So many of them came since the mailbox was last read."},
	{Name: "EXPUNGE", Kind: Response, Numbered: true, Ref: response("EXPUNGE", 18), Plain: "The message of this number is gone for good, and those behind it have moved up by one."},
	{Name: "STORE", Kind: Response, Numbered: true, Syntax: "data", Obsolete: true, Ref: response("STORE", 18), Later: rfc(2062, "7.3.OBS.2. STORE Response", 6), Plain: "An old way to write FETCH: the message's flags after a STORE."},
	{Name: "FETCH", Kind: Response, Numbered: true, Syntax: "data", Ref: response("FETCH", 18), Plain: "Facts about the message of this number, as pairs of a name and a value."},
	{Name: "COPY", Kind: Response, Numbered: true, Obsolete: true, Ref: Ref{1176, "Commands", "COPY", 13}, Later: rfc(2062, "7.3.OBS.1. COPY Response", 6), Plain: "The message of this number has been copied."},
	{Name: "FLAGS", Kind: Response, Syntax: "flag_list", Ref: response("* FLAGS", 20), Plain: "The flags that messages of this mailbox can have."},
	{Name: "SEARCH", Kind: Response, Syntax: "number(s)", Ref: response("* SEARCH", 20), Plain: "The numbers of the messages that a SEARCH found."},
	{Name: "BBOARD", Kind: Response, Syntax: "string", Obsolete: true, Ref: response("* BBOARD", 20), Later: Ref{1732, "IMAP4 client interoperability with old servers", "", 4}, Plain: "The name of a bulletin board that FIND BBOARDS found."},
	{Name: "MAILBOX", Kind: Response, Syntax: "string", Obsolete: true, Ref: response("* MAILBOX", 20), Later: rfc(2062, "7.2.OBS.1. MAILBOX Response", 5), Plain: "The name of a mailbox that FIND MAILBOXES found."},
	{Name: "BYE", Kind: Response, Syntax: "text", Ref: response("* BYE", 20), Plain: "Farewell: the server will now close the connection."},
	{Name: "OK", Kind: Response, Syntax: "text", Ref: response("* OK", 20), Plain: "All is well on the server: its greeting, or news for the user."},
	{Name: "NO", Kind: Response, Syntax: "text", Ref: response("* NO", 21), Plain: "A warning that concerns no command in particular."},
	{Name: "BAD", Kind: Response, Syntax: "text", Ref: response("* BAD", 21), Plain: "A serious error on the server, or a line so broken that the server found no tag in it."},
	{Name: "+", Kind: Response, Syntax: "text", Ref: response("+ text", 21), Plain: "Go on: the server is ready for the octets of the client's literal."},

	// Later.
	{Name: "PREAUTH", Kind: Response, Dialect: IMAP4, Syntax: "text", Ref: rfc(1730, "7.1.4. PREAUTH Response", 41), Plain: "A greeting that says the user is already logged in, by other means."},
	{Name: "CAPABILITY", Kind: Response, Dialect: IMAP4, Syntax: "capability ...", Ref: rfc(1730, "7.2.1. CAPABILITY Response", 42), Plain: "What the server can do beyond the basics."},
	{Name: "LIST", Kind: Response, Dialect: IMAP4, Syntax: "(attributes) delimiter mailbox", Ref: rfc(1730, "7.2.2. LIST Response", 43), Plain: "One mailbox that LIST found, and what is special about it."},
	{Name: "LSUB", Kind: Response, Dialect: IMAP4, Syntax: "(attributes) delimiter mailbox", Ref: rfc(1730, "7.2.3. LSUB Response", 44), Plain: "One subscribed mailbox that LSUB found."},
	{Name: "STATUS", Kind: Response, Dialect: IMAP4rev1, Syntax: "mailbox (item number ...)", Ref: rfc(3501, "7.2.4 STATUS Response", 70), Plain: "How many messages a mailbox has, and other figures that STATUS asked for."},
	{Name: "NAMESPACE", Kind: Response, Dialect: Extension, Capability: "NAMESPACE", Syntax: "personal others shared", Ref: rfc(2342, "5. NAMESPACE Command", 3), Plain: "Where personal, other people's and shared mailboxes begin in the tree of names."},
	{Name: "ID", Kind: Response, Dialect: Extension, Capability: "ID", Syntax: "(field value ...) / NIL", Ref: rfc(2971, "3.2. ID Response", 3), Plain: "Which program and version the server is."},
	{Name: "ENABLED", Kind: Response, Dialect: Extension, Capability: "ENABLE", Syntax: "capability ...", Ref: rfc(5161, "3.2. The ENABLED Response", 4), Plain: "Which newer kinds of answer the server has switched on."},
	{Name: "ESEARCH", Kind: Response, Dialect: Extension, Capability: "ESEARCH", Syntax: "(TAG tag) item value ...", Ref: rfc(4466, "2.6.2. ESEARCH untagged response", 8), Plain: "The result of a search in short: how many, the first, the last, or all as a sequence."},
	{Name: "VANISHED", Kind: Response, Dialect: Extension, Capability: "QRESYNC", Syntax: "[(EARLIER)] uids", Ref: rfc(5162, "3.6. VANISHED Response", 12), Plain: "Messages of these unique identifiers are gone for good."},
	{Name: "SORT", Kind: Response, Dialect: Extension, Capability: "SORT", Syntax: "number(s)", Ref: only(5256), Plain: "The numbers of the messages found, in the order asked for."},
	{Name: "THREAD", Kind: Response, Dialect: Extension, Capability: "THREAD=REFERENCES", Syntax: "(thread) ...", Ref: only(5256), Plain: "The numbers of the messages found, grouped into conversations."},
	{Name: "QUOTA", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "quota_root (resource usage limit ...)", Ref: only(2087), Plain: "How much may be stored, and how much is."},
	{Name: "QUOTAROOT", Kind: Response, Dialect: Extension, Capability: "QUOTA", Syntax: "mailbox quota_root ...", Ref: only(2087), Plain: "Which limits on storage hold for a mailbox."},
	{Name: "ACL", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights ...", Ref: only(4314), Plain: "Who may do what with a mailbox."},
	{Name: "LISTRIGHTS", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox identifier rights ...", Ref: only(4314), Plain: "Which rights someone could be given on a mailbox."},
	{Name: "MYRIGHTS", Kind: Response, Dialect: Extension, Capability: "ACL", Syntax: "mailbox rights", Ref: only(4314), Plain: "What this user may do with a mailbox."},
	{Name: "METADATA", Kind: Response, Dialect: Extension, Capability: "METADATA", Syntax: "mailbox (entry value ...)", Ref: only(5464), Plain: "The notes kept about a mailbox or the server."},
	{Name: "XLIST", Kind: Response, Dialect: Extension, Capability: "XLIST", Syntax: "(attributes) delimiter mailbox", Obsolete: true, Ref: only(6154), Plain: "One mailbox and what it is for, in one mail service's own form of LIST."},
}
