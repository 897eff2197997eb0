package protocol

// The criteria of SEARCH. Each narrows what those before it left.
var searchKeys = []Entry{
	// RFC 1176.
	{Name: "ALL", Kind: SearchKey, Ref: command("SEARCH", 16), Plain: "Every message: where a search begins."},
	{Name: "ANSWERED", Kind: SearchKey, Ref: command("SEARCH", 16), Plain: "Messages that have been replied to."},
	{Name: "BCC", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 16), Plain: "Messages with this text among those who got a blind copy."},
	{Name: "BEFORE", Kind: SearchKey, Syntax: "date", Ref: command("SEARCH", 16), Plain: "Messages that arrived before this day."},
	{Name: "BODY", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 16), Plain: "Messages with this text below the header."},
	{Name: "CC", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 16), Plain: "Messages with this text among those who got a copy."},
	{Name: "DELETED", Kind: SearchKey, Ref: command("SEARCH", 16), Plain: "Messages marked for removal."},
	{Name: "FLAGGED", Kind: SearchKey, Ref: command("SEARCH", 16), Plain: "Messages marked as urgent or special."},
	{Name: "FROM", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 16), Plain: "Messages with this text in the sender's name or address."},
	{Name: "KEYWORD", Kind: SearchKey, Syntax: "flag", Ref: command("SEARCH", 16), Plain: "Messages with this flag, usually one of the user's own."},
	{Name: "NEW", Kind: SearchKey, Ref: command("SEARCH", 16), Plain: "Messages that just arrived and have not been read."},
	{Name: "OLD", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages that were here when the mailbox was last read."},
	{Name: "ON", Kind: SearchKey, Syntax: "date", Ref: command("SEARCH", 17), Plain: "Messages that arrived on this day."},
	{Name: "RECENT", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages that came since the mailbox was last read."},
	{Name: "SEEN", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages that have been read."},
	{Name: "SINCE", Kind: SearchKey, Syntax: "date", Ref: command("SEARCH", 17), Plain: "Messages that arrived after this day; whether the day itself counts, the RFC does not say the same way twice."},
	{Name: "SUBJECT", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 17), Plain: "Messages with this text in the subject."},
	{Name: "TEXT", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 17), Plain: "Messages with this text anywhere."},
	{Name: "TO", Kind: SearchKey, Syntax: "string", Ref: command("SEARCH", 17), Plain: "Messages with this text among those they are addressed to."},
	{Name: "UNANSWERED", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages that have not been replied to."},
	{Name: "UNDELETED", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages not marked for removal."},
	{Name: "UNFLAGGED", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages not marked as urgent or special."},
	{Name: "UNKEYWORD", Kind: SearchKey, Syntax: "flag", Ref: command("SEARCH", 17), Plain: "Messages without this flag."},
	{Name: "UNSEEN", Kind: SearchKey, Ref: command("SEARCH", 17), Plain: "Messages that have not been read."},

	// IMAP4.
	{Name: "DRAFT", Kind: SearchKey, Dialect: IMAP4, Ref: rfc(1730, "6.4.4. SEARCH Command", 27), Plain: "Messages that are not finished yet."},
	{Name: "HEADER", Kind: SearchKey, Dialect: IMAP4, Syntax: "field string", Ref: rfc(1730, "6.4.4. SEARCH Command", 27), Plain: "Messages with this text in this field of the header."},
	{Name: "LARGER", Kind: SearchKey, Dialect: IMAP4, Syntax: "number", Ref: rfc(1730, "6.4.4. SEARCH Command", 27), Plain: "Messages with more octets than this."},
	{Name: "NOT", Kind: SearchKey, Dialect: IMAP4, Syntax: "search_key", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages that do not meet the criterion."},
	{Name: "OR", Kind: SearchKey, Dialect: IMAP4, Syntax: "search_key search_key", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages that meet one criterion or the other."},
	{Name: "SENTBEFORE", Kind: SearchKey, Dialect: IMAP4, Syntax: "date", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages written before this day, by their own account."},
	{Name: "SENTON", Kind: SearchKey, Dialect: IMAP4, Syntax: "date", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages written on this day, by their own account."},
	{Name: "SENTSINCE", Kind: SearchKey, Dialect: IMAP4, Syntax: "date", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages written on this day or later, by their own account."},
	{Name: "SMALLER", Kind: SearchKey, Dialect: IMAP4, Syntax: "number", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages with fewer octets than this."},
	{Name: "UID", Kind: SearchKey, Dialect: IMAP4, Syntax: "uids", Ref: rfc(1730, "6.4.4. SEARCH Command", 28), Plain: "Messages with these unique identifiers."},
	{Name: "UNDRAFT", Kind: SearchKey, Dialect: IMAP4, Ref: rfc(1730, "6.4.4. SEARCH Command", 29), Plain: "Messages that are finished."},
	{Name: "CHARSET", Kind: SearchKey, Dialect: IMAP4, Syntax: "charset", Ref: rfc(1730, "6.4.4. SEARCH Command", 26), Plain: "Not a criterion: says in which character set the texts of the criteria are written."},

	// Extensions.
	{Name: "RETURN", Kind: SearchKey, Dialect: Extension, Capability: "ESEARCH", Syntax: "(options)", Ref: rfc(4731, "3.1. New SEARCH/UID SEARCH Result Options", 2), Plain: "Not a criterion: says in which short form the server should answer."},
	{Name: "MODSEQ", Kind: SearchKey, Dialect: Extension, Capability: "CONDSTORE", Syntax: "number", Ref: rfc(4551, "3.4. MODSEQ Search Criterion in SEARCH", 16), Plain: "Messages changed since this counter."},
	{Name: "OLDER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: only(5032), Plain: "Messages that arrived longer ago than this."},
	{Name: "YOUNGER", Kind: SearchKey, Dialect: Extension, Capability: "WITHIN", Syntax: "seconds", Ref: only(5032), Plain: "Messages that arrived no longer ago than this."},
}
