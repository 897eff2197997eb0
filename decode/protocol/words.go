package protocol

var flags = []Entry{
	// RFC 1176's five system flags.
	{Name: `\RECENT`, Kind: Flag, Ref: command("FETCH", 14), Plain: "The message came since the mailbox was last read; only the server sets this."},
	{Name: `\SEEN`, Kind: Flag, Ref: command("FETCH", 14), Plain: "The message has been read."},
	{Name: `\ANSWERED`, Kind: Flag, Ref: command("FETCH", 14), Plain: "The message has been replied to."},
	{Name: `\FLAGGED`, Kind: Flag, Ref: command("FETCH", 14), Plain: "The message is urgent or special in some way."},
	{Name: `\DELETED`, Kind: Flag, Ref: command("FETCH", 14), Plain: "The message is to go at the next EXPUNGE."},

	// Later ones, of messages.
	{Name: `\Draft`, Kind: Flag, Dialect: IMAP4, Ref: rfc(1730, "6.4.4. SEARCH Command", 27), Plain: "The message is not finished yet."},
	{Name: `\*`, Kind: Flag, Dialect: IMAP4rev1, Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64), Plain: "Among the permanent flags: clients may invent flags of their own."},
	{Name: "$FORWARDED", Kind: Flag, Dialect: Extension, Ref: only(5788), Plain: "The message has been forwarded."},
	{Name: "$MDNSENT", Kind: Flag, Dialect: Extension, Ref: only(3503), Plain: "The sender has been told that the message was read."},
	{Name: "$JUNK", Kind: Flag, Dialect: Extension, Ref: only(9051), Plain: "The user, or a filter, thinks that the message is junk."},
	{Name: "$NOTJUNK", Kind: Flag, Dialect: Extension, Ref: only(9051), Plain: "The user says that the message is not junk."},
	{Name: "$PHISHING", Kind: Flag, Dialect: Extension, Ref: only(9051), Plain: "The message looks as if it wants to trick its reader."},

	// Of mailboxes, in LIST.
	{Name: `\Noinferiors`, Kind: Flag, Dialect: IMAP4, Ref: rfc(1730, "7.2.2. LIST Response", 43), Plain: "No mailbox can be made below this one."},
	{Name: `\Noselect`, Kind: Flag, Dialect: IMAP4, Ref: rfc(1730, "7.2.2. LIST Response", 43), Plain: "This is a name in the tree, but no mailbox that can be opened."},
	{Name: `\Marked`, Kind: Flag, Dialect: IMAP4, Ref: rfc(1730, "7.2.2. LIST Response", 43), Plain: "The mailbox probably has new messages."},
	{Name: `\Unmarked`, Kind: Flag, Dialect: IMAP4, Ref: rfc(1730, "7.2.2. LIST Response", 43), Plain: "The mailbox has no new messages."},
	{Name: `\HasChildren`, Kind: Flag, Dialect: Extension, Capability: "CHILDREN", Ref: only(3348), Plain: "There are mailboxes below this one."},
	{Name: `\HasNoChildren`, Kind: Flag, Dialect: Extension, Capability: "CHILDREN", Ref: only(3348), Plain: "There are no mailboxes below this one."},
	{Name: `\Subscribed`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: only(5258), Plain: "The user has subscribed to this mailbox."},
	{Name: `\NonExistent`, Kind: Flag, Dialect: Extension, Capability: "LIST-EXTENDED", Ref: only(5258), Plain: "There is no mailbox of this name."},
	{Name: `\All`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154), Plain: "This mailbox shows all of the user's messages."},
	{Name: `\Archive`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154), Plain: "This mailbox is for messages put away."},
	{Name: `\Drafts`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154), Plain: "This mailbox is for messages not finished yet."},
	{Name: `\Junk`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154), Plain: "This mailbox is for junk."},
	{Name: `\Sent`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154), Plain: "This mailbox is for messages the user sent."},
	{Name: `\Trash`, Kind: Flag, Dialect: Extension, Capability: "SPECIAL-USE", Ref: only(6154), Plain: "This mailbox is for messages thrown away."},
}

// What stands in brackets before human text.
var codes = []Entry{
	// RFC 1176 calls these two customary, for SELECT's OK.
	{Name: "READ-ONLY", Kind: Code, Optional: true, Ref: command("SELECT", 11), Plain: "The mailbox can be read, but not changed."},
	{Name: "READ-WRITE", Kind: Code, Optional: true, Ref: command("SELECT", 11), Plain: "The mailbox can be read and changed."},

	// Later.
	{Name: "ALERT", Kind: Code, Dialect: IMAP4, Ref: rfc(1730, "7.1. Server Responses - Status Responses", 39), Plain: "The user must be shown this text."},
	{Name: "PARSE", Kind: Code, Dialect: IMAP4, Ref: rfc(1730, "7.1. Server Responses - Status Responses", 39), Plain: "The server could not make sense of a message's header."},
	{Name: "PERMANENTFLAGS", Kind: Code, Dialect: IMAP4, Syntax: "(flag_list)", Ref: rfc(1730, "7.1. Server Responses - Status Responses", 39), Plain: "The flags that last beyond this session."},
	{Name: "TRYCREATE", Kind: Code, Dialect: IMAP4, Ref: rfc(1730, "7.1. Server Responses - Status Responses", 39), Plain: "The mailbox is not there; it might work after a CREATE."},
	{Name: "UIDVALIDITY", Kind: Code, Dialect: IMAP4, Syntax: "number", Ref: rfc(1730, "7.1. Server Responses - Status Responses", 40), Plain: "A number that changes when old unique identifiers stop being true."},
	{Name: "UNSEEN", Kind: Code, Dialect: IMAP4, Syntax: "number", Ref: rfc(1730, "7.1. Server Responses - Status Responses", 40), Plain: "The number of the first message that has not been read."},
	{Name: "BADCHARSET", Kind: Code, Dialect: IMAP4rev1, Syntax: "[(charsets)]", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64), Plain: "The server cannot search in this character set."},
	{Name: "CAPABILITY", Kind: Code, Dialect: IMAP4rev1, Syntax: "capability ...", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 64), Plain: "What the server can do, told before anyone asked."},
	{Name: "UIDNEXT", Kind: Code, Dialect: IMAP4rev1, Syntax: "number", Ref: rfc(3501, "7.1. Server Responses - Status Responses", 65), Plain: "The unique identifier that the next message will have, or a lower one."},
	{Name: "APPENDUID", Kind: Code, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uidvalidity uid", Ref: rfc(4315, "3. Additional Response Codes", 3), Plain: "The unique identifier that the appended message got."},
	{Name: "COPYUID", Kind: Code, Dialect: Extension, Capability: "UIDPLUS", Syntax: "uidvalidity uids uids", Ref: rfc(4315, "3. Additional Response Codes", 4), Plain: "The unique identifiers that the copies got."},
	{Name: "UIDNOTSTICKY", Kind: Code, Dialect: Extension, Capability: "UIDPLUS", Ref: rfc(4315, "3. Additional Response Codes", 4), Plain: "Unique identifiers of this mailbox do not last beyond this session."},
	{Name: "HIGHESTMODSEQ", Kind: Code, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(4551, "3.1.1. HIGHESTMODSEQ Response Code", 6), Plain: "The highest change counter of any message in the mailbox."},
	{Name: "NOMODSEQ", Kind: Code, Dialect: Extension, Capability: "CONDSTORE", Ref: rfc(4551, "3.1.2. NOMODSEQ Response Code", 7), Plain: "This mailbox keeps no change counters."},
	{Name: "MODIFIED", Kind: Code, Dialect: Extension, Capability: "CONDSTORE", Syntax: "sequence", Ref: rfc(4551, "3.2. STORE and UID STORE Commands", 8), Plain: "These messages were not changed, since someone else had changed them."},
	{Name: "CLOSED", Kind: Code, Dialect: Extension, Capability: "QRESYNC", Ref: rfc(5162, "3.7. CLOSED Response Code", 15), Plain: "The mailbox that was open until now is closed; what follows is about the next."},
	{Name: "COMPRESSIONACTIVE", Kind: Code, Dialect: Extension, Capability: "COMPRESS=DEFLATE", Ref: rfc(4978, "3. The COMPRESS Command", 3), Plain: "What follows is compressed already."},
	{Name: "AUTHENTICATIONFAILED", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "The user name or the password is wrong."},
	{Name: "AUTHORIZATIONFAILED", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "The password is right, but this user may not act as the other."},
	{Name: "UNAVAILABLE", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "Something the server needs is down for the moment."},
	{Name: "NONEXISTENT", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "There is no mailbox of this name."},
	{Name: "ALREADYEXISTS", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "There is a mailbox of this name already."},
	{Name: "NOPERM", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "The user is not allowed to do this."},
	{Name: "OVERQUOTA", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "There is no room left."},
	{Name: "INUSE", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "Someone else is using what this needs."},
	{Name: "LIMIT", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "The server does not do so much."},
	{Name: "SERVERBUG", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "The server has found a fault in itself."},
	{Name: "CLIENTBUG", Kind: Code, Dialect: Extension, Ref: only(5530), Plain: "The server has found a fault in the client."},
}

// The fields of an envelope, in their order.
var envelopeFields = []Entry{
	{Name: "date", Kind: EnvelopeField, Syntax: "string", Ref: response("FETCH", 19), Plain: "When the message was written, by its own account."},
	{Name: "subject", Kind: EnvelopeField, Syntax: "string", Ref: response("FETCH", 19), Plain: "What the message is about."},
	{Name: "from", Kind: EnvelopeField, Syntax: "addresses", Ref: response("FETCH", 19), Plain: "Who wrote the message."},
	{Name: "sender", Kind: EnvelopeField, Syntax: "addresses", Ref: response("FETCH", 19), Plain: "Who sent it off; the server fills in the writer if the header does not say."},
	{Name: "reply-to", Kind: EnvelopeField, Syntax: "addresses", Ref: response("FETCH", 19), Plain: "Where answers should go; the server fills in the writer if the header does not say."},
	{Name: "to", Kind: EnvelopeField, Syntax: "addresses", Ref: response("FETCH", 19), Plain: "To whom the message is addressed."},
	{Name: "cc", Kind: EnvelopeField, Syntax: "addresses", Ref: response("FETCH", 19), Plain: "Who got a copy."},
	{Name: "bcc", Kind: EnvelopeField, Syntax: "addresses", Ref: response("FETCH", 19), Plain: "Who got a copy without the others knowing."},
	{Name: "in-reply-to", Kind: EnvelopeField, Syntax: "string", Ref: response("FETCH", 19), Plain: "Which message this one answers."},
	{Name: "message-id", Kind: EnvelopeField, Syntax: "string", Ref: response("FETCH", 19), Plain: "The message's own name, the same everywhere."},
}

// The fields of an address, in their order.
var addressFields = []Entry{
	{Name: "personal name", Kind: AddressField, Syntax: "string", Ref: response("FETCH", 19), Plain: "The person's name, as people write it."},
	{Name: "source-route", Kind: AddressField, Syntax: "string", Ref: response("FETCH", 19), Plain: "The hosts to pass on the way; nearly always NIL."},
	{Name: "mailbox name", Kind: AddressField, Syntax: "string", Ref: response("FETCH", 19), Plain: "What stands before the @."},
	{Name: "host name", Kind: AddressField, Syntax: "string", Ref: response("FETCH", 19), Plain: "What stands after the @."},
}

func convention(page int) Ref { return Ref{1176, "Conventions", "", page} }

// The words of the grammar, and words with a meaning of their own.
var terms = []Entry{
	{Name: "ASCII-STRING", Kind: Term, Ref: convention(9), Plain: "Any run of ASCII characters."},
	{Name: "ATOM", Kind: Term, Ref: convention(9), Plain: "A word written bare, ended by a space or the end of the line."},
	{Name: "CHARACTER", Kind: Term, Ref: convention(9), Plain: "A character that can stand in quotes or in a bare word used as a string."},
	{Name: "CRLF", Kind: Term, Ref: convention(9), Plain: "The end of a line: carriage return, line feed."},
	{Name: "NUMBER", Kind: Term, Ref: convention(9), Plain: "Decimal digits."},
	{Name: "SP", Kind: Term, Ref: convention(9), Plain: "One space."},
	{Name: "TEXT_LINE", Kind: Term, Ref: convention(9), Plain: "Text for people, up to the end of the line; programs should not read meaning into it."},
	{Name: "STRING", Kind: Term, Ref: convention(9), Plain: "A piece of text: a bare word, a text in quotes, or a literal."},
	{Name: "QUOTED-STRING", Kind: Term, Ref: convention(9), Plain: "A text between double quotes."},
	{Name: "LITERAL", Kind: Term, Syntax: "{number} CRLF octets", Ref: convention(9), Plain: "A text sent with its length first, so that it can hold anything, ends of line included."},
	{Name: "SEQUENCE", Kind: Term, Ref: convention(10), Plain: "A set of messages by number: 3, or 2:4 for 2 to 4, or several of these with commas."},
	{Name: "tag", Kind: Term, Ref: Ref{1176, "The Protocol", "", 5}, Plain: "A word the client puts before each command, and the server before its answer, so that they can be paired."},
	{Name: "*", Kind: Term, Ref: Ref{1176, "The Protocol", "", 5}, Plain: "In place of a tag: the server tells something that is not the end of any command."},
	{Name: "NIL", Kind: Term, Ref: Ref{1176, "Formal Syntax", "", 28}, Plain: "Nothing here: the field is absent."},
	{Name: "INBOX", Kind: Term, Ref: command("SELECT", 11), Plain: "The user's own main mailbox, whatever it is called on the server."},
}
