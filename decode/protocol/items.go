package protocol

// What FETCH asks for.
var fetchItems = []Entry{
	// RFC 1176.
	{Name: "ENVELOPE", Kind: FetchItem, Ref: command("FETCH", 14), Plain: "Who wrote to whom, when and about what, taken from the header and put into a fixed order."},
	{Name: "FLAGS", Kind: FetchItem, Ref: command("FETCH", 14), Plain: "The flags set on the message."},
	{Name: "INTERNALDATE", Kind: FetchItem, Ref: command("FETCH", 14), Plain: "When the message arrived in the mailbox."},
	{Name: "RFC822", Kind: FetchItem, Ref: command("FETCH", 15), Plain: "The whole message, header and text; asking marks it as read."},
	{Name: "RFC822.HEADER", Kind: FetchItem, Ref: command("FETCH", 15), Plain: "The header of the message as it is stored."},
	{Name: "RFC822.SIZE", Kind: FetchItem, Ref: command("FETCH", 15), Plain: "How many characters the whole message has."},
	{Name: "RFC822.TEXT", Kind: FetchItem, Ref: command("FETCH", 15), Plain: "The text of the message without its header; asking marks it as read."},

	// Later.
	{Name: "BODY", Kind: FetchItem, Dialect: IMAP2bis, Ref: rfc(1730, "6.4.5. FETCH Command", 29), Plain: "Of which parts the message is made, in short."},
	{Name: "BODY[]", Kind: FetchItem, Dialect: IMAP2bis, Syntax: "", Ref: rfc(1730, "6.4.5. FETCH Command", 29), Plain: "The text of one part of the message, or of all of it; asking marks it as read."},
	{Name: "BODY.PEEK[]", Kind: FetchItem, Dialect: IMAP4, Ref: rfc(1730, "6.4.5. FETCH Command", 30), Plain: "The text of one part of the message, without marking it as read."},
	{Name: "BODYSTRUCTURE", Kind: FetchItem, Dialect: IMAP4, Ref: rfc(1730, "6.4.5. FETCH Command", 31), Plain: "Of which parts the message is made, in full."},
	{Name: "RFC822.PEEK", Kind: FetchItem, Dialect: IMAP4, Obsolete: true, Ref: rfc(1730, "6.4.5. FETCH Command", 31), Later: rfc(2062, "6.4.5.OBS.1 Obsolete FETCH Data Items", 5), Plain: "The whole message, without marking it as read."},
	{Name: "RFC822.HEADER.LINES", Kind: FetchItem, Dialect: IMAP4, Syntax: "header_list", Obsolete: true, Ref: rfc(1730, "6.4.5. FETCH Command", 31), Later: rfc(2062, "6.4.5.OBS.1 Obsolete FETCH Data Items", 4), Plain: "Only the named fields of the header."},
	{Name: "RFC822.HEADER.LINES.NOT", Kind: FetchItem, Dialect: IMAP4, Syntax: "header_list", Obsolete: true, Ref: rfc(1730, "6.4.5. FETCH Command", 32), Later: rfc(2062, "6.4.5.OBS.1 Obsolete FETCH Data Items", 5), Plain: "All fields of the header but those named."},
	{Name: "RFC822.TEXT.PEEK", Kind: FetchItem, Dialect: IMAP4, Obsolete: true, Ref: rfc(1730, "6.4.5. FETCH Command", 32), Later: rfc(2062, "6.4.5.OBS.1 Obsolete FETCH Data Items", 5), Plain: "The text of the message without its header, and without marking it as read."},
	{Name: "UID", Kind: FetchItem, Dialect: IMAP4, Ref: rfc(1730, "6.4.5. FETCH Command", 32), Plain: "The message's unique identifier, which never changes, while its number may."},
	{Name: "MODSEQ", Kind: FetchItem, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.3.2. MODSEQ Message Data Item in FETCH Command", 14), Plain: "A counter that grows with each change of the message's flags."},
	{Name: "BINARY[]", Kind: FetchItem, Dialect: Extension, Capability: "BINARY", Ref: only(3516), Plain: "One part of the message, decoded by the server."},
	{Name: "BINARY.PEEK[]", Kind: FetchItem, Dialect: Extension, Capability: "BINARY", Ref: only(3516), Plain: "One part of the message, decoded by the server, without marking it as read."},
	{Name: "BINARY.SIZE[]", Kind: FetchItem, Dialect: Extension, Capability: "BINARY", Ref: only(3516), Plain: "How many octets one part of the message has when decoded."},
	{Name: "EMAILID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474), Plain: "A name for the message's content, the same wherever a copy of it lies."},
	{Name: "THREADID", Kind: FetchItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474), Plain: "A name for the conversation the message belongs to."},
	{Name: "SAVEDATE", Kind: FetchItem, Dialect: Extension, Capability: "SAVEDATE", Ref: only(8514), Plain: "When the message was put into this mailbox."},
	{Name: "PREVIEW", Kind: FetchItem, Dialect: Extension, Capability: "PREVIEW", Ref: only(8970), Plain: "The first words of the message, for a list."},
}

// The fetch items that stand for several.
var macros = []Entry{
	{Name: "ALL", Kind: Macro, Expands: []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"}, Ref: command("FETCH", 14), Plain: "Everything a list of messages shows: flags, arrival, size and envelope."},
	{Name: "FAST", Kind: Macro, Expands: []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE"}, Ref: command("FETCH", 14), Plain: "What the server knows without reading the message: flags, arrival and size."},
	{Name: "FULL", Kind: Macro, Dialect: IMAP2bis, Expands: []string{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"}, Ref: rfc(1730, "6.4.5. FETCH Command", 31), Plain: "What ALL asks for, and of which parts the message is made."},
}

// What a FETCH response carries.
var properties = []Entry{
	// RFC 1176.
	{Name: "ENVELOPE", Kind: Property, Syntax: "(date subject from sender reply-to to cc bcc in-reply-to message-id)", Ref: response("FETCH", 18), Plain: "Who wrote to whom, when and about what: ten fields, known by their order."},
	{Name: "FLAGS", Kind: Property, Syntax: "flag_list", Ref: response("FETCH", 19), Plain: "The flags set on the message now."},
	{Name: "INTERNALDATE", Kind: Property, Syntax: "date", Ref: response("FETCH", 19), Plain: "When the message arrived in the mailbox."},
	{Name: "RFC822", Kind: Property, Syntax: "string", Ref: response("FETCH", 19), Plain: "The whole message, header and text."},
	{Name: "RFC822.HEADER", Kind: Property, Syntax: "string", Ref: response("FETCH", 19), Plain: "The header of the message."},
	{Name: "RFC822.SIZE", Kind: Property, Syntax: "number", Ref: response("FETCH", 19), Plain: "How many characters the whole message has."},
	{Name: "RFC822.TEXT", Kind: Property, Syntax: "string", Ref: response("FETCH", 20), Plain: "The text of the message without its header."},

	// Later.
	{Name: "BODY", Kind: Property, Dialect: IMAP2bis, Syntax: "(body)", Ref: rfc(1730, "7.3.4. FETCH Response", 46), Plain: "Of which parts the message is made, in short."},
	{Name: "BODY[]", Kind: Property, Dialect: IMAP2bis, Syntax: "string", Ref: rfc(1730, "7.3.4. FETCH Response", 46), Plain: "The text of one part of the message, or of all of it."},
	{Name: "BODYSTRUCTURE", Kind: Property, Dialect: IMAP4, Syntax: "(body)", Ref: rfc(1730, "7.3.4. FETCH Response", 47), Plain: "Of which parts the message is made, in full."},
	{Name: "UID", Kind: Property, Dialect: IMAP4, Syntax: "number", Ref: rfc(1730, "7.3.4. FETCH Response", 51), Plain: "The message's unique identifier, which never changes, while its number may."},
	{Name: "MODSEQ", Kind: Property, Dialect: Extension, Capability: "CONDSTORE", Syntax: "(number)", Ref: rfc(4551, "3.3.2. MODSEQ Message Data Item in FETCH Command", 14), Plain: "A counter that grows with each change of the message's flags."},
	{Name: "BINARY[]", Kind: Property, Dialect: Extension, Capability: "BINARY", Syntax: "string", Ref: only(3516), Plain: "One part of the message, decoded by the server."},
	{Name: "BINARY.SIZE[]", Kind: Property, Dialect: Extension, Capability: "BINARY", Syntax: "number", Ref: only(3516), Plain: "How many octets one part of the message has when decoded."},
	{Name: "EMAILID", Kind: Property, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: only(8474), Plain: "A name for the message's content, the same wherever a copy of it lies."},
	{Name: "THREADID", Kind: Property, Dialect: Extension, Capability: "OBJECTID", Syntax: "(id)", Ref: only(8474), Plain: "A name for the conversation the message belongs to."},
	{Name: "SAVEDATE", Kind: Property, Dialect: Extension, Capability: "SAVEDATE", Syntax: "date", Ref: only(8514), Plain: "When the message was put into this mailbox."},
	{Name: "PREVIEW", Kind: Property, Dialect: Extension, Capability: "PREVIEW", Syntax: "string", Ref: only(8970), Plain: "The first words of the message, for a list."},
}

// What STORE changes.
var storeItems = []Entry{
	{Name: "FLAGS", Kind: StoreItem, Syntax: "flag_list", Ref: command("STORE", 15), Plain: "Sets exactly these flags and clears all others."},
	{Name: "+FLAGS", Kind: StoreItem, Syntax: "flag_list", Ref: command("STORE", 15), Plain: "Sets these flags and leaves the others."},
	{Name: "-FLAGS", Kind: StoreItem, Syntax: "flag_list", Ref: command("STORE", 15), Plain: "Clears these flags and leaves the others."},

	{Name: "FLAGS.SILENT", Kind: StoreItem, Dialect: IMAP4, Syntax: "flag_list", Ref: rfc(1730, "6.4.7. STORE Command", 34), Plain: "Sets exactly these flags; the server need not report the result."},
	{Name: "+FLAGS.SILENT", Kind: StoreItem, Dialect: IMAP4, Syntax: "flag_list", Ref: rfc(1730, "6.4.7. STORE Command", 34), Plain: "Sets these flags; the server need not report the result."},
	{Name: "-FLAGS.SILENT", Kind: StoreItem, Dialect: IMAP4, Syntax: "flag_list", Ref: rfc(1730, "6.4.7. STORE Command", 34), Plain: "Clears these flags; the server need not report the result."},
	{Name: "UNCHANGEDSINCE", Kind: StoreItem, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(4551, "3.2. STORE and UID STORE Commands", 7), Plain: "Changes only messages that nobody else has changed in the meantime."},
}

// What STATUS asks for.
var statusItems = []Entry{
	{Name: "MESSAGES", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45), Plain: "How many messages are in the mailbox."},
	{Name: "RECENT", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45), Plain: "How many of them are new."},
	{Name: "UIDNEXT", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45), Plain: "The unique identifier that the next message will have, or a lower one."},
	{Name: "UIDVALIDITY", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45), Plain: "A number that changes when old unique identifiers stop being true."},
	{Name: "UNSEEN", Kind: StatusItem, Dialect: IMAP4rev1, Ref: rfc(3501, "6.3.10. STATUS Command", 45), Plain: "How many messages have not been read."},
	{Name: "HIGHESTMODSEQ", Kind: StatusItem, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.6. HIGHESTMODSEQ Status Data Items", 17), Plain: "The highest change counter of any message in the mailbox."},
	{Name: "SIZE", Kind: StatusItem, Dialect: Extension, Capability: "STATUS=SIZE", Ref: only(8438), Plain: "How many octets all messages of the mailbox have together."},
	{Name: "MAILBOXID", Kind: StatusItem, Dialect: Extension, Capability: "OBJECTID", Ref: only(8474), Plain: "A name for the mailbox that stays when it is renamed."},
}
