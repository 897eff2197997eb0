// Package protocol holds every command, response, item, code, capability and flag as one row: what it is called, since when, where it is defined, in which states it is valid, what its arguments are, what data it claims, what in it is secret, what it does to the session, and what it means in plain words.
//
// A word is looked up by how it is used, because the same word can have several
// meanings: SEARCH is a command and a response, FLAGS is a response, a fetch item and
// a property of a message.
//
//	r := protocol.Lookup(protocol.Command, "select")
//	fmt.Println(r.Shape()) // tag SELECT mailbox
//	fmt.Println(r.Plain)   // Opens a mailbox …
//	fmt.Println(r.Ref)     // RFC 1176, "Commands": SELECT, p. 11
//
// # Rules
//
//   - Single source: framing, grammar, the session, lint, masking, filters, replay,
//     help and completion derive what they know about a word from its row. To add a
//     word, add one Row to the file of the RFC that defines it.
//   - All of RFC 1176 is here, and a test compares each row with its text.
//   - The citation is the first definition: RFC 1176 for what IMAP4 kept. If a later
//     RFC removed the word or calls it obsolete, Until is the first dialect without it,
//     Became is how the same is said since, and Later cites the place that says so.
//   - Plain is a sentence in our own words, for a reader new to the protocol.
//   - The tables are read-only; so is everything that a Row points to.
package protocol

// Kind is how a word is used.
type Kind uint8

// The kinds. An entry's Name is unique within its kind.
const (
	Command         Kind = iota // what a client requests: LOGIN, FIND MAILBOXES, UID FETCH
	Completion                  // a tagged OK, NO or BAD
	Response                    // what a server sends after "*", and "+" itself: FLAGS, EXISTS, BYE
	FetchItem                   // what FETCH asks for: ENVELOPE
	Property                    // what a FETCH response carries: ENVELOPE
	StoreItem                   // what STORE changes: +FLAGS
	SearchKey                   // a criterion of SEARCH: FROM
	Flag                        // a flag of a message, or a name attribute: \SEEN
	Macro                       // a fetch item that expands to several: FAST
	Code                        // a word in brackets before human-readable text: READ-ONLY
	StatusItem                  // what STATUS asks for: MESSAGES
	EnvelopeField               // a field of an envelope, identified by its position: in-reply-to
	AddressField                // a field of an address, identified by its position: mailbox name
	Capability                  // what a server offers: IDLE
	Section                     // the part of a message that BODY[…] asks for: HEADER
	SearchReturn                // what SEARCH and SORT report instead of a list: COUNT
	ListSelection               // what LIST looks for: SUBSCRIBED
	ListReturn                  // what LIST reports in addition: CHILDREN
	SearchResult                // what ESEARCH reports: COUNT
	Correlator                  // what ESEARCH is the result of: TAG
	SortKey                     // a sort order for SORT: ARRIVAL
	ThreadAlgorithm             // how THREAD builds threads: REFERENCES
	Modifier                    // a parameter of SELECT, FETCH or STORE in parentheses: CHANGEDSINCE
	ListItem                    // what a LIST response adds after the mailbox: CHILDINFO
	MetadataOption              // an option of GETMETADATA: DEPTH
	QuotaResource               // what a quota limits: STORAGE
	Event                       // what NOTIFY reports: MessageNew
	MailboxFilter               // the mailboxes that NOTIFY is about: SUBTREE
	Keyword                     // a word between arguments, or in the place of one: RETURN
	Term                        // a word of the grammar, or one with a meaning of its own: LITERAL, NIL, INBOX
	numKinds
)

// String returns the human-readable name of the kind: "fetch item".
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return "word"
	}
	return kindNames[k]
}

var kindNames = [...]string{
	"command", "completion", "response", "fetch item", "message property", "store item", "search key",
	"flag", "fetch macro", "response code", "status item", "envelope field", "address field", "capability",
	"message section", "search return option", "search result", "search correlator", "list selection option", "list return option", "sort key",
	"thread algorithm", "modifier", "list data item", "metadata option", "quota resource", "event",
	"mailbox filter", "grammar word", "term",
}

// Shape returns the complete form of a row on the wire, in the RFC's words: "tag LOGIN
// user password", "* number EXISTS", "[UNSEEN number]".
func (r *Row) Shape() string {
	s := r.Name
	if r.Syntax != "" {
		s += " " + r.Syntax
	}
	switch {
	case r.Kind == Command && r.NoTag:
		return s // the only client line without a tag
	case r.Kind == Command || r.Kind == Completion:
		return "tag " + s
	case r.Kind == Response && r.Name == "+":
		return s
	case r.Kind == Response && r.Numbered:
		return "* number " + s
	case r.Kind == Response:
		return "* " + s
	case r.Kind == Code:
		return "[" + s + "]"
	}
	return s
}
