package protocol

// Names of terms, and the characters in place of a tag, for code that shows or reads the
// grammar itself.
const (
	NIL          = "NIL"
	Inbox        = "INBOX" // RFC 1176, p. 11: in any letter case
	Atom         = "ATOM"
	Number       = "NUMBER"
	QuotedString = "QUOTED-STRING"
	LiteralTerm  = "LITERAL"
	SequenceTerm = "SEQUENCE"
	TextLine     = "TEXT_LINE"
	TagTerm      = "tag"
	UniqueID     = "UID"

	// Media types, and subtypes of messages, whose body structure has fields of its own.
	MediaText    = "TEXT"
	MediaMessage = "MESSAGE"
	MediaRFC822  = "RFC822"
	MediaGlobal  = "GLOBAL" // IMAP4rev2's

	// Charset is the parameter of a text whose value is in any letter case (RFC 2046, 4.1.2).
	Charset = "charset"

	TagUntagged = "*" // before unsolicited data
	TagReady    = "+" // before the server's go-ahead for a literal
)
