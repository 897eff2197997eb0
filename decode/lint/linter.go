package lint

import (
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// MaxFindings is how often one rule is told of one connection.
const MaxFindings = 200

// Options of a Linter. The zero value is all rules.
type Options struct {
	Disable     []string // IDs of rules that are not told
	Only        []string // if there are any, no others are
	MinSeverity Severity
}

// Finding is one thing that was found.
type Finding struct {
	Rule     *Rule
	Severity Severity // the rule's, unless the case is milder
	Verdict  Verdict  // the rule's, unless the case says otherwise
	Conn     capture.ConnID
	Txn      int               // the transaction's number, 0 outside any
	Dir      capture.Direction // whose octets it speaks of
	Off, Len int64             // which: the position in that stream, and how many; none for what is missing
	Span     wire.Span         // the same octets within Raw of the message
	Time     time.Time         // of the message
	Message  string            // what is wrong here; printable ASCII, no secrets
}

// Linter judges connections by their events. It is a decode.Handler; its methods
// must not be called concurrently.
type Linter struct {
	off    map[*Rule]bool
	least  Severity
	report func(Finding)

	world  session.World
	parser syntax.Parser
	conns  map[capture.ConnID]*conn
	pace   pace
	seed   maphash.Seed
	fold   [maxWord]byte
}

// New is a Linter that tells what it finds to report, in order.
func New(o Options, report func(Finding)) (*Linter, error) {
	l := &Linter{off: make(map[*Rule]bool), least: o.MinSeverity, report: report, conns: make(map[capture.ConnID]*conn), pace: make(pace), seed: maphash.MakeSeed()}
	for _, id := range slices.Concat(o.Disable, o.Only) {
		if _, ok := Lookup(id); !ok {
			return nil, fmt.Errorf("there is no rule %q", id)
		}
	}
	for _, r := range rules {
		l.off[r] = slices.Contains(o.Disable, r.ID) || len(o.Only) > 0 && !slices.Contains(o.Only, r.ID)
	}
	return l, nil
}

// Open implements decode.Handler.
func (l *Linter) Open(c capture.Conn) error {
	l.world.Open(c)
	l.conns[c.ID] = newConn(l, c, l.world.Session(c.ID))
	return nil
}

// Events implements decode.Handler.
func (l *Linter) Events(id capture.ConnID, events []decode.Event) error {
	c := l.conns[id]
	if c == nil {
		return nil
	}
	if n := len(events); n > 0 {
		c.closing, _ = events[n-1].(*decode.Closed)
	}
	for _, e := range events {
		c.event(e)
		if _, ok := e.(*decode.Closed); ok {
			delete(l.conns, id)
		}
	}
	return nil
}
