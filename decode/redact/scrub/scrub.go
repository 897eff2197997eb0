// Package scrub removes personal data from captures: connections, messages, lengths and times stay the same, and every personal word is replaced.
//
//	pcap.Files ─> Scrub ─> pcap.Recorder        then: pcap.Files ─> Check
//
// # Rules
//
//   - What is not known to be part of the protocol is personal data: words stay only
//     because a list or the grammar allows them (commands, items, flags, numbers,
//     dates, known header fields, the plain words of a server's texts).
//   - A word has the same substitute everywhere, letter for letter and digit for digit:
//     a user, a mailbox or a host remains recognizable. A part of a word, as in a
//     partial fetch, has another substitute.
//   - Substitutes are derived from a key that is discarded: they cannot be reversed,
//     and guesses cannot be verified.
//   - Lengths and lexical classes are preserved: an atom stays an atom, and a word does
//     not become a word of the protocol.
//   - What cannot be decoded is blanked byte by byte; the headers of TLS records stay,
//     so it remains recognizable as TLS.
package scrub

import (
	"cmp"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// What is held. Time grows with the bytes of a capture and not faster, whatever is in them.
const (
	// MaxMessage is the number of bytes of a message that are parsed. The rest of a
	// longer message is blanked: letters become x and digits 0. A connection holds at
	// most this many bytes, in each of a few copies.
	MaxMessage = 4 << 20

	// MaxHeld is the number of bytes that all connections together hold, likewise.
	// Beyond it, those that hold most are given up: from then on, they are blanked.
	MaxHeld = 256 << 20
)

// Key is the key that substitutes are derived from. It must be random, and discarded
// afterwards.
type Key [32]byte

// Scrub is a capture.Sink that passes events on to another Sink with personal data
// replaced. Notes are dropped, because they may name persons and hosts, except those by which a
// proxy links its legs and reports what it did, and that a connection is from a log. Keys of TLS
// sessions are dropped, because they are secrets. Chunks of data keep their boundaries, and are
// passed on once all of their bytes are final.
//
// The methods must not be called concurrently.
type Scrub struct {
	// Dialect is what the connections speak, whatever they show, unless it is
	// protocol.UnknownDialect. It is set before the first event.
	Dialect protocol.Dialect

	noteWords map[string]bool // those that stay in notes; nil until there is one

	next   capture.Sink
	opened map[capture.ConnID]bool // those without an event yet: MidStream
	conns  map[capture.ConnID]*conn
	words  *words
	hosts  hosts
	pool   decode.Pool
	parser syntax.Parser
	held   int // bytes, of all connections
	limit  int // MaxMessage
	most   int // MaxHeld
	report Report
}

// Report summarizes what a Scrub did.
type Report struct {
	Conns    int
	Octets   int64      // that passed
	Replaced [kinds]int // values, by Kind
	Blanked  int64      // bytes that were not understood
	GivenUp  int        // connections, because of MaxHeld
	Hosts    int        // IP addresses that were replaced
	Words    int        // different words that were replaced
	Beyond   int        // words found after Check's memory was full
}

// Kind is what a replaced value was.
type Kind uint8

// The kinds, in the order of a report.
const (
	UserName Kind = iota
	Password      // and SASL responses, which are as secret
	MailboxName
	SearchText
	Address // personal names, routes, mailboxes and hosts of envelopes
	Subject
	MessageID
	Header // fields of headers
	Body   // lines of bodies
	Text   // human-readable text of responses
	Other  // not in the grammar
	kinds
)

var kindNames = [kinds]string{
	"user name", "password", "mailbox name", "search text", "address part", "subject",
	"message-id", "header line", "body line", "response text", "other word",
}

// String returns the name of the kind.
func (k Kind) String() string { return kindNames[k] }

// Kinds returns all kinds, in the order of a report.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

var _ capture.Sink = (*Scrub)(nil)

// New returns a Scrub that passes events on to next.
func New(next capture.Sink, key Key) *Scrub {
	return &Scrub{next: next, opened: make(map[capture.ConnID]bool), conns: make(map[capture.ConnID]*conn), words: newWords(key), limit: MaxMessage, most: MaxHeld}
}

// Report returns a summary of what was done so far.
func (s *Scrub) Report() Report {
	r := s.report
	r.Words, r.Beyond, r.Hosts = s.words.replaced, s.words.beyond, s.hosts.n()
	return r
}

// Event implements capture.Sink. Events that belong to no open connection are dropped.
// Other events than Data wait for the held bytes of their connection.
func (s *Scrub) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		return s.open(e)
	case capture.Secrets:
		return nil
	}
	c := s.conns[e.Conn]
	if c == nil {
		if c = s.begin(e.Conn); c == nil {
			return nil
		}
	}
	switch e.Kind {
	case capture.Data:
		s.report.Octets += int64(len(e.Data))
		if err := c.data(e); err != nil {
			return err
		}
		return s.bound()
	case capture.Gap:
		c.lost(e)
		return c.pass(e)
	case capture.Note:
		return s.note(c, e)
	case capture.Closed:
		delete(s.conns, e.Conn)
		if err := c.close(e.Time, e.Cause); err != nil {
			return err
		}
		return s.next.Event(e)
	}
	return c.pass(e)
}

// bound gives up the connections that hold most if too much is held, until half of it is
// free: so it is rarely called for.
func (s *Scrub) bound() error {
	if s.held <= s.most {
		return nil
	}
	var holding []*conn
	for _, c := range s.conns {
		if c.held > 0 {
			holding = append(holding, c)
		}
	}
	slices.SortFunc(holding, func(a, b *conn) int { return cmp.Or(b.held-a.held, cmp.Compare(a.id, b.id)) })
	for _, c := range holding {
		if s.held <= s.most/2 {
			break
		}
		s.report.GivenUp++
		if err := c.giveUp(); err != nil {
			return err
		}
	}
	return nil
}

// open passes a connection on with other addresses.
func (s *Scrub) open(e *capture.Event) error {
	c := *e.Info
	s.report.Conns++
	s.opened[c.ID] = c.MidStream
	c.Client, c.Server, c.Origin = s.hosts.port(c.Client), s.hosts.port(c.Server), ""
	x := *e
	x.Info = &c
	return s.next.Event(&x)
}

// begin returns the state of a connection that has its first event; nil if it is not open.
// Hundreds of thousands may be open without one.
func (s *Scrub) begin(id capture.ConnID) *conn {
	partial, ok := s.opened[id]
	if !ok {
		return nil
	}
	delete(s.opened, id)
	c := &conn{Scrub: s, id: id, dec: decode.New(decode.Options{Dialect: s.Dialect, MidStream: partial, Keep: s.limit, Pool: &s.pool})}
	s.conns[id] = c
	return c
}
