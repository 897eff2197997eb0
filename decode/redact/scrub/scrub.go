// Package scrub is a capture without the persons in it: the same connections,
// messages, lengths and times, every word that is somebody's replaced.
//
//	pcap.Files ─> Scrub ─> pcap.Recorder        then: pcap.Files ─> Check
//
// # Rules
//
//   - What is not known to be the protocol's is somebody's: words stay because a list
//     or the grammar says so (commands, items, flags, numbers, dates, known header
//     fields, the plain words of a server's texts), and for no other reason.
//   - A word has one substitute throughout, letter for letter and digit for digit,
//     so that a user, a mailbox or a host is still recognised wherever it is met; a
//     part of a word, such as a partial fetch may show, has another.
//   - Substitutes come from a key that is thrown away: there is no going back, and
//     no looking up of guesses.
//   - Nothing changes its length or its lexical class: an atom stays an atom, a word
//     becomes no word of the protocol.
//   - What cannot be decoded is blanked octet by octet; of TLS the record headers
//     stay, so that it is still seen to be TLS.
package scrub

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// MaxMessage is how many octets of a message are understood. Of a longer one, the
// rest is blanked: letters and digits become x and 0. A connection holds at most so
// many octets, in each of a few copies.
const MaxMessage = 16 << 20

// Key is what substitutes are made with. It must be random, and forgotten.
type Key [32]byte

// Scrub is a capture.Sink that passes everything on to another Sink with persons'
// data replaced. Remarks are left out, for they may name persons and hosts. Data is
// passed on as it was cut, once all of its bytes are decided about.
//
// The methods must not be called concurrently.
type Scrub struct {
	next   capture.Sink
	conns  map[capture.ConnID]*conn
	words  *words
	hosts  hosts
	pool   wire.Pool
	parser syntax.Parser
	limit  int // MaxMessage
	report Report
}

// Report is what a Scrub did.
type Report struct {
	Conns    int
	Octets   int64      // that passed
	Replaced [kinds]int // values, by Kind
	Blanked  int64      // octets that were not understood
	Hosts    int        // IP addresses that were replaced
	Words    int        // different words that were replaced
	Beyond   int        // words met after Check's memory was full
}

// Kind is what a replaced value was.
type Kind uint8

// The kinds, in the order of a report.
const (
	UserName Kind = iota
	Password      // and what is as secret: SASL responses
	MailboxName
	SearchText
	Address // personal names, routes, mailboxes and hosts of envelopes
	Subject
	MessageID
	Header // fields of headers
	Body   // lines of bodies
	Text   // human text of responses
	Other  // what has no place in the grammar
	kinds
)

var kindNames = [kinds]string{
	"user name", "password", "mailbox name", "search text", "address part", "subject",
	"message-id", "header line", "body line", "response text", "other word",
}

// String names the kind.
func (k Kind) String() string { return kindNames[k] }

// Kinds are all kinds, in the order of a report.
func Kinds() []Kind {
	all := make([]Kind, kinds)
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

var _ capture.Sink = (*Scrub)(nil)

// New is a Scrub before next.
func New(next capture.Sink, key Key) *Scrub {
	return &Scrub{next: next, conns: make(map[capture.ConnID]*conn), words: newWords(key), limit: MaxMessage}
}

// Report is what was done so far.
func (s *Scrub) Report() Report {
	r := s.report
	r.Words, r.Beyond, r.Hosts = s.words.replaced, s.words.beyond, s.hosts.n()
	return r
}

// Event implements capture.Sink. What belongs to no open connection is not passed
// on. Whatever is not Data waits behind the bytes that are held of its connection.
func (s *Scrub) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		return s.open(e)
	}
	k := s.conns[e.Conn]
	if k == nil {
		return nil
	}
	switch e.Kind {
	case capture.Data:
		s.report.Octets += int64(len(e.Data))
		return k.data(e)
	case capture.Gap:
		k.lost(e)
		return k.pass(e)
	case capture.Note:
		return nil // it may name persons and hosts
	case capture.Closed:
		delete(s.conns, e.Conn)
		if err := k.close(e.Time, e.Cause); err != nil {
			return err
		}
		return s.next.Event(e)
	}
	return k.pass(e)
}

// open passes a connection on with other addresses.
func (s *Scrub) open(e *capture.Event) error {
	c := *e.Info
	s.report.Conns++
	s.conns[c.ID] = &conn{
		Scrub: s,
		dec:   decode.New(decode.Options{MidStream: c.MidStream, Keep: s.limit, Pool: &s.pool}),
	}
	c.Client, c.Server, c.Origin = s.hosts.port(c.Client), s.hosts.port(c.Server), ""
	x := *e
	x.Info = &c
	return s.next.Event(&x)
}
