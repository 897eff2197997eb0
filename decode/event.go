package decode

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// Event is something that happened on a connection: *Message, *Transaction,
// *Resync, *Again, *Upgrade or *Closed. Events, and all they point to, are valid until
// the next call of the Decoder's methods.
type Event interface{ event() }

func (*Message) event()     {}
func (*Transaction) event() {}
func (*Resync) event()      {}
func (*Again) event()       {}
func (*Upgrade) event()     {}
func (*Closed) event()      {}

// Kind is what a message is by its first word.
type Kind uint8

const (
	// Request: a client's command, or what stands where one is due.
	Request Kind = iota
	// Continuation: a client's line within a command: a SASL response, DONE.
	Continuation
	// Greeting: the first response of a connection.
	Greeting
	// Untagged: unsolicited data or a status response, tag "*".
	Untagged
	// Ready: tag "+".
	Ready
	// Tagged: the response to a command.
	Tagged
	// Junk: a server's line that is none of these.
	Junk
)

func (k Kind) String() string {
	return [...]string{"request", "continuation", "greeting", "untagged", "ready", "tagged", "junk"}[k]
}

// Message is one framed message of either side.
type Message struct {
	Dir  capture.Direction
	Kind Kind

	Time time.Time // its first octet
	End  time.Time // its line feed, or where it broke off
	Off  int64     // stream position of its first octet, lost ones counted
	Len  int64     // octets captured of it
	Lost int64     // octets within it that were not captured

	// Broken says that its end is missing.
	Broken bool

	// Message is what is kept of its bytes, and where its literals are.
	wire.Message

	Tag    []byte        // part of Raw; "*" and "+" are tags too
	Row    *protocol.Row // of Word, or of the tagged status; nil if it is not known
	Word   string        // upper case: command ("UID FETCH"), status, or kind of data
	Number uint32        // "* 12 FETCH": 12
	Text   []byte        // part of Raw: human text of a status or ready response

	// Txn is the transaction it belongs to, nil outside any.
	Txn *Transaction
	// Ambiguous: more than one outstanding command could have been meant.
	Ambiguous bool

	lits []wire.Literal // what Literals points to
	own  []byte         // the buffer Raw lies in, if any

	// To find where it belongs:
	read    int    // octets of sequences that were compared
	uid     uint32 // its UID,
	hasUID  bool   // if it has one,
	uidRead bool   // once that was looked up
}

// Outcome is how a transaction ended.
type Outcome uint8

const (
	// Completed: the tagged response came.
	Completed Outcome = iota
	// Abandoned: a request without response.
	Abandoned
	// Orphan: a tagged response without request.
	Orphan
)

func (o Outcome) String() string { return [...]string{"completed", "abandoned", "orphan"}[o] }

// Transaction is one command with all that answered it.
type Transaction struct {
	N       int           // counted from 1 in the order of requests (orphans: of arrival)
	Tag     string        // as the client wrote it
	Command string        // upper case; "UID FETCH" for the UID forms; empty for an orphan
	Row     *protocol.Row // of Command; nil if it is not known, and for an orphan
	Outcome Outcome

	// Request is what is kept of the request's bytes; empty for an orphan.
	Request wire.Message
	Status  string // OK, NO, BAD; empty if abandoned, or if the server sent none
	Text    string // of the tagged response

	Time          time.Time // first octet of the request (orphan: of the response)
	RequestEnd    time.Time // its line feed
	FirstReady    time.Time // zero if there was no "+"
	FirstResponse time.Time // first octet of anything that answered; zero if nothing did
	End           time.Time // line feed of the tagged response; zero if abandoned

	Data      []Count // untagged responses by kind, in the order of first arrival
	Ready     int
	Ambiguous int // of those, how many could have belonged to another command too
	Literals  []Literal
	MoreLits  int      // literals beyond MaxLiterals, counted only
	Octets    [2]int64 // by direction
	Lost      int64    // octets not captured while it was the oldest outstanding

	User, Mailbox string // as they were when it was sent; its own OK counts

	// Secret: what looks like a tag or a request is most likely a password or
	// a SASL response, sent although its command had been refused.
	Secret bool
	// Echo is words of secrets that are not in Request, but that its text may
	// repeat: SASL responses; for an orphan with a Secret, the refused LOGIN's.
	Echo []string

	reqBuf  []byte
	reqLits []wire.Literal
	open    bool          // its request is still coming
	asks    *protocol.Row // whose claims are its own
	tagged  bool          // its response came
	unseen  bool          // its request was not captured, so its tag is not known yet
	late    bool          // it may have been answered already: asked last for data
	flags   bool          // its FLAGS came, and then
	exists  bool          // its EXISTS
	recent  bool          // its RECENT
}

// Elapsed is the exchange time: from the first octet of the request to the line
// feed of the tagged response, never negative. It is false if there were not both.
func (t *Transaction) Elapsed() (time.Duration, bool) {
	if t.Outcome != Completed {
		return 0, false
	}
	return max(t.End.Sub(t.Time), 0), true
}

// Count is how many responses of one kind came.
type Count struct {
	Kind string
	N    int
}

// Literal is one literal of a transaction.
type Literal struct {
	From   capture.Direction
	Octets int64 // as announced
	State  wire.LiteralState
	Waited bool // client only: "+" came before the first octet
}

// Resync says that framing was lost and is found again, or that the connection
// ended before it was.
type Resync struct {
	Dir     capture.Direction
	Time    time.Time
	Off     int64 // where it was found
	Skipped int64 // octets passed over
	Ended   bool  // it was not found again
}

// Again says that octets which had come already came once more.
type Again struct {
	Dir    capture.Direction
	Time   time.Time
	Off    int64 // the position behind all that came of this direction
	Octets int64
	Txn    *Transaction // the oldest outstanding, nil if none is
}

// Upgrade says that what follows cannot be read: decoding of the connection
// ends here, counting goes on.
type Upgrade struct {
	To   UpgradeTo
	Dir  capture.Direction // who sent the first unreadable octet
	Time time.Time
	Off  int64
}

// UpgradeTo is what a connection changed to.
type UpgradeTo uint8

// What follows on the wire is TLS records, or deflated (RFC 4978).
const (
	TLS UpgradeTo = iota + 1
	Compression
)

func (u UpgradeTo) String() string { return [...]string{"", "tls", "compress"}[u] }

// Closed is the last event of a connection.
type Closed struct {
	Time     time.Time
	Cause    error     // as given to Close
	Upgraded UpgradeTo // not zero if decoding ended before the connection did
	Counts
}

// Counts is what a connection amounted to.
type Counts struct {
	Octets      [2]int64 // by direction, as delivered
	Lost        [2]int64
	Requests    int
	Responses   int // tagged
	Unsolicited int // untagged, the greeting excepted
	Ready       int
	Orphans     int
	Abandoned   int
	Junk        int
	Dialect     Dialect
	User        string
	Mailbox     string
}
