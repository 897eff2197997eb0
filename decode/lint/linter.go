package lint

import (
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// MaxFindings is the maximum number of findings of one rule per connection.
const MaxFindings = 200

// Options configure a Linter. The zero value reports the findings of every rule.
type Options struct {
	Disable     []string // IDs of rules that are not reported
	Only        []string // if not empty, the IDs of the only rules that are
	MinSeverity Severity
	Dialect     protocol.Dialect // that connections are judged by; protocol.UnknownDialect: by what each shows

	// Report, if not nil, receives the facts of each connection about logins, IDLE, and the figures
	// of mailboxes; see session.World. They are valid until it returns.
	Report func(*capture.Conn, *session.Fact)

	// Shared, if not nil, is what Linters share that check connections of the same capture at the
	// same time. Each then calls Turn before it looks at what the connections of others showed, or
	// changes it: Turn returns when all that came before the present event has been checked.
	Shared *Shared
	Turn   func()
	Waits  Waits // needed with Shared

	// Guessed: nothing shows that Dialect is the right one. What is wrong in IMAP2, and may be
	// right in a later dialect, is a note.
	Guessed bool
}

// Finding is a violation, or something else worth reporting, that a rule found.
type Finding struct {
	Rule     *Rule
	Severity Severity // the rule's, unless this case differs
	Verdict  Verdict  // the rule's, unless this case differs
	Conn     capture.ConnID
	Txn      int               // the transaction's number, 0 outside any
	Dir      capture.Direction // the stream that the bytes are in
	Off, Len int64             // the position in that stream, and how many bytes; Len is 0 for what is missing
	Span     wire.Span         // the same bytes within Raw of the message
	Time     time.Time         // of the message
	Message  string            // what is wrong here; printable ASCII, no secrets

	// MadeBy is the note of the proxy's action that made the finding: only the leg on which it
	// is shows it, and the legs differ. After, if MadeBy is empty, is that of the last action
	// before the finding, where the legs do not show who made it, or what the client did
	// comes of it. Leg is the leg of the proxy that the connection is.
	MadeBy, After string
	Leg           capture.Leg

	// Event is a copy of the message or transaction that the bytes are in, if the
	// finding had to wait for later events. If it is nil, they are in the event that
	// was last passed to the Linter.
	Event decode.Event
}

// Linter checks connections by their events. It is a decode.Handler; its methods must
// not be called concurrently.
type Linter struct {
	byFact  [eras][facts][]watcher
	least   Severity
	guessed bool
	report  func(*capture.Conn, *session.Fact)
	sink    func(Finding)

	world  session.World
	parts  parts
	parser syntax.Parser
	opened map[capture.ConnID]capture.Conn // those without an event yet
	conns  map[capture.ConnID]*conn
	pairs  map[pairKey]*pair // of which at least one leg is open
	last   *conn             // of the last event, if it is open: events come in bursts
	shared *Shared
	turn   func()
	waits  Waits
	seed   maphash.Seed
	fold   [maxWord]byte
	pass   Pass
}

// era is a time of dialects that rules apply to.
type era uint8

const (
	early era = iota // RFC 1176's time, or not known yet
	later            // IMAP4 and later
	eras
)

// entry is a rule with a Linter's settings for it.
type entry struct {
	*Rule
	index int
	off   bool // its findings are not reported; it still runs, because it may find a command at fault
}

// watcher is a rule that looks at a fact; the next one's run is beside it in memory.
type watcher struct {
	run func(*Pass)
	*entry
}

// New returns a Linter that calls report for each finding, in order. It returns an
// error if an option names a rule that does not exist.
func New(o Options, report func(Finding)) (*Linter, error) {
	l := &Linter{world: session.World{Dialect: o.Dialect}, least: o.MinSeverity, guessed: o.Guessed, report: o.Report, sink: report, opened: make(map[capture.ConnID]capture.Conn), conns: make(map[capture.ConnID]*conn), pairs: make(map[pairKey]*pair), shared: o.Shared, turn: o.Turn, waits: o.Waits, seed: maphash.MakeSeed()}
	if l.shared == nil {
		l.shared, l.turn, l.waits = NewShared(), func() {}, make(Histograms)
	}
	for _, id := range slices.Concat(o.Disable, o.Only) {
		if _, ok := Lookup(id); !ok {
			return nil, fmt.Errorf("unknown rule %q", id)
		}
	}
	l.world.Figures, l.world.Report = true, l.figures
	l.parser.Brief = true // no rule looks into a plain envelope, nor for text in a plain response
	for i, r := range rules {
		e := &entry{Rule: r, index: i, off: slices.Contains(o.Disable, r.ID) || len(o.Only) > 0 && !slices.Contains(o.Only, r.ID)}
		for _, f := range r.On {
			w := watcher{r.Run, e}
			l.byFact[early][f] = append(l.byFact[early][f], w)
			if r.Later || r.Always {
				l.byFact[later][f] = append(l.byFact[later][f], w)
			}
		}
	}
	return l, nil
}

// Open implements decode.Handler.
func (l *Linter) Open(c capture.Conn) error {
	l.opened[c.ID] = c
	return nil
}

// begin returns the state of a connection that has its first event; nil if it is not open.
// Before that it takes little memory: a flood of SYNs opens many that never have one.
func (l *Linter) begin(id capture.ConnID) *conn {
	info, ok := l.opened[id]
	if !ok {
		return nil
	}
	delete(l.opened, id)
	l.world.Open(info)
	c := newConn(l, info, l.world.Session(id))
	l.conns[id] = c
	return c
}

// Session returns the state of an open connection, as of the last event; nil if it is not open.
func (l *Linter) Session(id capture.ConnID) *session.Model { return l.world.Session(id) }

// Events implements decode.Handler. How events are divided over calls does not matter.
func (l *Linter) Events(id capture.ConnID, events []decode.Event) error {
	c := l.last
	if c == nil || c.ID != id {
		if c = l.conns[id]; c == nil {
			if c = l.begin(id); c == nil {
				return nil
			}
		}
		l.last = c
	}
	for _, e := range events {
		c.event(e)
		if _, ok := e.(*decode.Closed); ok {
			if c.pair != nil {
				c.pair.leave(c)
			}
			delete(l.conns, id)
			l.last = nil
		}
	}
	return nil
}
