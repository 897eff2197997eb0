package decode

import (
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/layer"
	"imapscope/decode/protocol"
	"imapscope/decode/sasl"
	"imapscope/decode/session"
	"imapscope/decode/wire"
)

// Event is something that happened on a connection: *Message, *Transaction,
// *Resync, *Again, *HalfClosed, *Note, *Upgrade, *Secured, *Record, *Dark, *Bytes or
// *Closed. Events, and all they point
// to, are valid until the next call of the Decoder's methods.
type Event interface{ event() }

func (*Message) event()     {}
func (*Transaction) event() {}
func (*Resync) event()      {}
func (*Again) event()       {}
func (*HalfClosed) event()  {}
func (*Note) event()        {}
func (*Upgrade) event()     {}
func (*Secured) event()     {}
func (*Record) event()      {}
func (*Dark) event()        {}
func (*Bytes) event()       {}
func (*Closed) event()      {}

// Kind is what a message is, by its first word.
type Kind = session.Kind

// The kinds of messages.
const (
	Request      = session.Request
	Continuation = session.Continuation
	Greeting     = session.Greeting
	Untagged     = session.Untagged
	Ready        = session.Ready
	Tagged       = session.Tagged
	Junk         = session.Junk
)

// Message is one framed message of either side.
type Message struct {
	Dir  capture.Direction
	Kind Kind

	Time time.Time // its first byte
	End  time.Time // its line feed, or the last byte before it broke off
	Off  int64     // stream position of its first byte, lost ones counted
	Len  int64     // bytes captured of it
	Lost int64     // bytes within it that were not captured

	// Broken reports whether its end is missing.
	Broken bool
	// Layers is what it was carried in.
	Layers Layers

	// Message holds the bytes kept, and the places of its literals.
	wire.Message

	Tag    []byte        // part of Raw; "*" and "+" are tags too
	Row    *protocol.Row // of Word, or of the tagged status; nil if it is not known
	Word   string        // upper case: command ("UID FETCH"), status, or kind of data
	Number uint32        // "* 12 FETCH": 12
	Text   []byte        // part of Raw: the human-readable text of a status or ready response

	// Secrets are the places of Raw that are secret, in order: what a client sends
	// to log in, and where the server's text repeats it. See decode/session.
	Secrets []wire.Span
	// Known are the secrets of the connection so far, which no text about the
	// message may repeat; nil if there are none.
	Known *session.Words

	// SASL is what the SASL exchange that the message is part of has said so far, nil
	// outside any.
	SASL *sasl.Report
	// Txn is the transaction it belongs to, nil outside any.
	Txn *Transaction
	// Leg is the leg of a proxy that the connection is, and Acts what the proxy did to the
	// message, nil if nothing: see Acts.
	Leg  capture.Leg
	Acts *Acts
	// Ambiguous reports whether it could belong to more than one outstanding command.
	Ambiguous bool

	own []byte // the buffer Raw lies in, if any

	// To find where it belongs:
	read    int    // bytes of sequences that were compared
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

	// Request holds the bytes kept of the request; empty for an orphan.
	Request wire.Message
	Status  string // OK, NO, BAD; empty if abandoned, or if the server sent none
	Text    string // of the tagged response

	Time          time.Time // first byte of the request (orphan: of the response)
	RequestEnd    time.Time // its line feed
	FirstReady    time.Time // zero if there was no "+"
	FirstResponse time.Time // first byte of anything that answered; zero if nothing did
	End           time.Time // line feed of the tagged response; zero if abandoned

	Data      []Count // untagged responses by kind, in the order of first arrival
	Ready     int
	Ambiguous int // how many of those could have belonged to another command too
	Literals  []Literal
	MoreLits  int      // literals beyond MaxLiterals, counted only
	Octets    [2]int64 // by direction
	Lost      int64    // bytes not captured while it was the oldest outstanding
	Layers    Layers   // what its beginning was carried in

	User, Mailbox string // as of when it was sent; its own OK counts

	// Secret reports whether what looks like a tag or a request is most likely a
	// password or a SASL response, sent although its command had been refused.
	Secret bool
	// SecretTag reports whether Tag is or contains a secret.
	SecretTag bool
	// Secrets are the places of Request.Raw that are secret, in order.
	Secrets []wire.Span
	// Known are the secrets of the connection, which no text about the transaction
	// may repeat, Text among them; nil if there are none.
	Known *session.Words

	// SASL is what the SASL exchange of the command has said, nil if it has none.
	SASL *sasl.Report

	// Leg is the leg of a proxy that the connection is, and Acts what the proxy did to
	// messages of the transaction, nil if nothing: see Acts.
	Leg  capture.Leg
	Acts *Acts

	reqBuf  []byte
	reqLits []wire.Literal
	place   session.Place // of its secrets
	nth     int           // a word of the request, 0 if it was not looked up yet,
	nthAt   int           // and where it begins
	open    bool          // its request is still coming
	asks    *protocol.Row // the row whose claims apply
	tagged  bool          // its response came
	refused bool          // that was a refusal
	unseen  bool          // its request was not captured, so its tag is not known yet
	late    bool          // it may have been answered already: asked last for data
	flags   bool          // its FLAGS came, and then
	exists  bool          // its EXISTS
	recent  bool          // its RECENT
}

// Elapsed returns the exchange time: from the first byte of the request to the line
// feed of the tagged response, never negative. It reports false if one is missing.
func (t *Transaction) Elapsed() (time.Duration, bool) {
	if t.Outcome != Completed {
		return 0, false
	}
	return max(t.End.Sub(t.Time), 0), true
}

// Count is the number of responses of one kind.
type Count struct {
	Kind string
	N    int
}

// Literal is one literal of a transaction.
type Literal struct {
	From   capture.Direction
	Octets int64 // as announced
	State  wire.LiteralState
	Waited bool // client only: "+" came before the first byte
}

// Resync reports that framing was lost and has been found again, or that the
// connection ended before it was.
type Resync struct {
	Dir     capture.Direction
	Time    time.Time
	Off     int64 // where it was found
	Skipped int64 // bytes passed over
	Ended   bool  // it was not found again
}

// Again reports that bytes were captured again.
type Again struct {
	Dir    capture.Direction
	Time   time.Time
	Off    int64 // the position after all bytes of this direction so far
	From   int64 // the position of the first of the bytes
	Octets int64
	Txn    *Transaction // the oldest outstanding, nil if none is
}

// HalfClosed reports that one side ended its direction: by FIN, after which the other
// side may still send, or by RST.
type HalfClosed struct {
	Dir   capture.Direction
	Time  time.Time
	Cause capture.Cause
}

// Note is a remark by the source: see capture.Event.
type Note struct {
	Time time.Time
	Text string

	// Txn is the outstanding transaction whose tag a proxy's note of what it did has. It is nil
	// if there is none; the note may still be about one, in whose Acts it is then.
	Txn *Transaction
}

// Upgrade reports that a layer begins: what follows is TLS, or compressed.
type Upgrade struct {
	To   UpgradeTo
	Dir  capture.Direction // who sent the first byte of it
	Time time.Time
	Off  int64 // in the text of IMAP
}

// Secured reports what is known of a TLS session, when its data begins or when it is
// certain that it cannot be read.
type Secured struct {
	Time  time.Time
	Facts layer.Facts
}

// Record reports a TLS record, or compressed bytes. Its plaintext, if any, follows.
type Record struct {
	Of UpgradeTo // the layer
	In UpgradeTo // the stream that Plain is a position of: as Bytes.Of
	layer.Record
}

// Dark reports that what follows cannot be read: decoding of the connection ends here,
// counting continues.
type Dark struct {
	Of   UpgradeTo
	Time time.Time
	Why  layer.Reason
}

// Bytes are the next bytes of a stream of the connection, or a number of them that are
// lost, before the messages that they are part of. They are reported only if
// Options.Streams is set.
type Bytes struct {
	Of   UpgradeTo // 0: text of IMAP; TLS: records; Compression: compressed bytes
	Dir  capture.Direction
	Time time.Time
	Off  int64 // position in that stream
	Data []byte
	Lost int64
}

// UpgradeTo is what a connection changed to.
type UpgradeTo uint8

// What follows is TLS records, or deflated (RFC 4978).
const (
	TLS UpgradeTo = iota + 1
	Compression
)

func (u UpgradeTo) String() string { return [...]string{"", "tls", "compress"}[u] }

// Closed is the last event of a connection.
type Closed struct {
	Time     time.Time
	Cause    capture.Cause // as given to Close
	First    First         // who closed first
	Leg      capture.Leg   // the leg of a proxy that the connection is
	Upgraded UpgradeTo     // not zero if decoding ended before the connection did
	Layers   []LayerCount  // from the wire up
	Ends     [2]int64      // by direction: where its text ended, what was lost of it included
	Began    [2]Speech     // by direction: what the side spoke from its first byte on
	Counts
}

// LayerCount is what went through a layer of a connection. Its arrays are by direction.
type LayerCount struct {
	Of      UpgradeTo
	In, Out [2]int64 // bytes before it was opened, and after; lost ones not included
	Records [2]int
	Faults  int // records that were not opened
}

// Layers is what a message or a transaction was carried in, as far as it was opened.
type Layers uint8

const (
	versionMask Layers = 1<<3 - 1 // an index of versions
	compressed  Layers = 1 << 3
)

// versions are the versions of TLS; the last is any other.
var versions = [...]string{"", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3", "TLS"}

// TLS returns the version of TLS, "TLS 1.3"; "" if there was none.
func (l Layers) TLS() string { return versions[min(int(l&versionMask), len(versions)-1)] }

// Compressed reports whether it was compressed.
func (l Layers) Compressed() bool { return l&compressed != 0 }

// inTLS returns the Layers of a version.
func inTLS(version string) Layers {
	if i := slices.Index(versions[1:], version); i >= 0 {
		return Layers(i + 1)
	}
	return Layers(len(versions) - 1)
}

// Speech is what a side speaks from its first byte on.
type Speech uint8

// What a side speaks. The zero Speech means that it sent nothing, or that its first byte
// was not captured.
const (
	SpeaksText Speech = iota + 1
	SpeaksTLS
)

// Side is a side of a connection, if it is known.
type Side uint8

// The sides.
const (
	UnknownSide Side = iota
	ClientSide
	ServerSide
)

func sideOf(dir capture.Direction) Side {
	if dir == capture.ClientToServer {
		return ClientSide
	}
	return ServerSide
}

// String returns "client", "server", or "" for the unknown side.
func (s Side) String() string { return [...]string{"", "client", "server"}[s] }

// First is the side that closed first, by the first HalfClosed. The zero First means
// that it is not known: the capture ended before, or the source cannot tell.
type First struct {
	Side  Side
	Cause capture.Cause // FIN or RST
}

// How returns in words how the connection ended: "closed by the server", "reset by
// the client", or why it ended if no side is known to have closed it.
func (c *Closed) How() string {
	if c.First.Side == UnknownSide {
		return c.Cause.String()
	}
	if c.First.Cause == capture.RST {
		return "reset by the " + c.First.Side.String()
	}
	how := "closed by the " + c.First.Side.String()
	switch c.Cause {
	case capture.RST:
		how += ", then reset"
	case capture.EndOfCapture:
		how += ", then the capture ended"
	case capture.Idle:
		how += ", then " + c.Cause.String()
	}
	return how
}

// Counts holds the totals of a connection.
type Counts struct {
	Octets      [2]int64 // by direction, as delivered
	Lost        [2]int64
	Requests    int
	Responses   int // tagged
	Unsolicited int // untagged, without the greeting
	Ready       int
	Orphans     int
	Abandoned   int
	Junk        int
	Dialect     protocol.Dialect
	User        string
	Mailbox     string
}

// Mechanism returns the SASL mechanism of a command that names one, in upper case.
func (t *Transaction) Mechanism() string { return upper(t.argument()) }
