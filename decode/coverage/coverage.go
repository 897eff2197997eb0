// Package coverage counts which words and states of the protocol recorded connections exercise, and finds those that they do not.
//
//	c := coverage.New(protocol.UnknownDialect)
//	err := source.Run(ctx, decode.NewDemux(decode.Options{}, c))
//	for _, r := range c.Reports() { … }
//
// # Rules
//
//   - A connection counts for the dialect that it had shown by its end, with all of it: a LOGIN
//     comes before anything that shows IMAP4rev1. One that showed none counts for IMAP2.
//   - What could be exercised is what the dialect has without a capability, what belongs to a
//     capability that a server offered to such a connection, and what was exercised all the same.
//   - A word counts once for each time that it was sent, by the side whose word it is. A macro
//     also counts for what it expands to. Nothing counts that the tree of a message does not
//     have as a word: not the content of a literal, not text for people.
//   - Of a proxy's two connections the client's counts.
package coverage

import (
	"cmp"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/explain"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// Collector is a decode.Handler that counts. It is not for concurrent use.
type Collector struct {
	forced protocol.Dialect
	table  []session.Transition
	open   map[capture.ConnID]*conn
	done   map[protocol.Dialect]*tally
	parser syntax.Parser
}

// New returns a Collector. Each connection is of the dialect forced, unless that is
// protocol.UnknownDialect.
func New(forced protocol.Dialect) *Collector {
	return &Collector{forced: forced, table: session.Table(), open: make(map[capture.ConnID]*conn), done: make(map[protocol.Dialect]*tally)}
}

// change is a Transition from one of its states.
type change struct {
	index int // in Collector.table
	from  protocol.State
}

// tally is what was counted. Keys are bounded by the tables of decode/protocol.
type tally struct {
	conns   int
	words   map[*protocol.Row]int64
	answers map[*protocol.Row]map[*protocol.Row]int64 // of commands, by completion; nil for none
	states  map[protocol.State]int64                  // connections that were in it
	changes map[change]int64
	offered map[*protocol.Row]bool // capabilities
}

func newTally() *tally {
	return &tally{
		words: make(map[*protocol.Row]int64), answers: make(map[*protocol.Row]map[*protocol.Row]int64),
		states: make(map[protocol.State]int64), changes: make(map[change]int64), offered: make(map[*protocol.Row]bool),
	}
}

// add adds what other counted.
func (t *tally) add(other *tally) {
	t.conns += other.conns
	for r, n := range other.words {
		t.words[r] += n
	}
	for r, by := range other.answers {
		for status, n := range by {
			t.answer(r, status, n)
		}
	}
	for s, n := range other.states {
		t.states[s] += n
	}
	for c, n := range other.changes {
		t.changes[c] += n
	}
	for r := range other.offered {
		t.offered[r] = true
	}
}

// answer counts how a command was answered.
func (t *tally) answer(command, status *protocol.Row, n int64) {
	if t.answers[command] == nil {
		t.answers[command] = make(map[*protocol.Row]int64)
	}
	t.answers[command][status] += n
}

// conn is an open connection.
type conn struct {
	*tally
	session session.Session
	left    protocol.State        // before the server said BYE
	grouped map[int]*protocol.Row // by transaction: of a command with a second word, the row of both
}

// Open implements decode.Handler.
func (c *Collector) Open(info capture.Conn) error {
	x := &conn{session: session.New(info.MidStream)}
	x.session.Force(c.forced)
	c.open[info.ID] = x
	return nil
}

// Events implements decode.Handler.
func (c *Collector) Events(id capture.ConnID, events []decode.Event) error {
	x := c.open[id]
	if x == nil {
		return nil
	}
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			if e.Leg == capture.ServerLeg {
				delete(c.open, id)
				return nil
			}
			c.message(x, e)
		case *decode.Transaction:
			x.session.Forget(e.N)
			x.transaction(e)
		case *decode.Closed:
			c.closed(x, e)
			delete(c.open, id)
			return nil
		}
	}
	return nil
}

// message counts what a message has.
func (c *Collector) message(x *conn, m *decode.Message) {
	if x.tally == nil {
		x.tally = newTally()
		x.states[x.session.State]++
	}
	before := x.session.State
	m.Feed(&x.session)
	c.moved(x, before, cause(m))
	if m.Kind == decode.Junk {
		return
	}
	root := m.Parse(&c.parser)
	for r := range explain.Rows(root, m.Raw) {
		x.word(m, r)
	}
	if m.Dir == capture.ServerToClient {
		x.offers(root, m.Raw)
	}
}

// word counts a word if it is one of the side that sent it.
func (x *conn) word(m *decode.Message, r *protocol.Row) {
	side, counts := sideOf(r.Kind)
	if !counts || side != m.Dir {
		return
	}
	if r.Kind == protocol.Command && !r.NoTag {
		if !r.Group && m.Txn != nil && (m.Txn.Row == nil || m.Txn.Row.Group) {
			if x.grouped == nil {
				x.grouped = make(map[int]*protocol.Row)
			}
			x.grouped[m.Txn.N] = r
		}
		return // its transaction counts
	}
	x.words[r]++
	if r.Kind == protocol.Macro {
		for _, name := range r.Expands {
			if item := protocol.Lookup(protocol.FetchItem, name); item != nil {
				x.words[item]++
			}
		}
	}
}

// offers counts the capabilities that a response has.
func (x *conn) offers(root *syntax.Node, raw []byte) {
	for n := range root.Leaves() {
		if n.Role != protocol.RoleCapability {
			continue
		}
		if r := protocol.Lookup(protocol.Capability, n.Value(raw)); r != nil {
			x.words[r]++
			x.offer(r)
		}
	}
}

// offer records a capability, and those that it includes.
func (x *conn) offer(r *protocol.Row) {
	if x.offered[r] {
		return
	}
	x.offered[r] = true
	for _, name := range r.Expands {
		if other := protocol.Lookup(protocol.Capability, name); other != nil {
			x.offer(other)
		}
	}
}

// transaction counts a command and its answer.
func (x *conn) transaction(t *decode.Transaction) {
	r := t.Row
	if t.Secret || t.Outcome == decode.Orphan || x.tally == nil {
		return
	}
	if both := x.grouped[t.N]; both != nil && (r == nil || r.Group) {
		r = both
	}
	delete(x.grouped, t.N)
	if r == nil || r.Group {
		return // its second word is wrong, or missing
	}
	x.words[r]++
	x.answer(r, protocol.Lookup(protocol.Completion, t.Status), 1)
}

// cause returns what a message is in a session.Transition; empty if it is none of a server's.
func cause(m *decode.Message) string {
	switch {
	case m.Row == nil:
	case m.Kind == decode.Greeting:
		return protocol.Greeting + " " + m.Row.Name
	case m.Kind == decode.Tagged && m.Txn != nil && m.Txn.Row != nil:
		return m.Txn.Row.Name + " " + m.Row.Name
	case m.Kind == decode.Untagged:
		return m.Row.Name
	}
	return ""
}

// moved counts a change of state, or one that leads to the same state. The answer to LOGOUT comes
// after a BYE, which has changed the state already: both count as from the state before.
func (c *Collector) moved(x *conn, before protocol.State, on string) {
	now := x.session.State
	if now != before {
		x.states[now]++
		x.left = before
	} else if now == protocol.Logout {
		before = x.left
	}
	if on == "" {
		return
	}
	for i := range c.table {
		if t := &c.table[i]; t.On == on && t.To == now && t.From.Has(before) {
			x.changes[change{i, before}]++
		}
	}
}

// closed ends a connection. One that ends with the capture has not closed.
func (c *Collector) closed(x *conn, e *decode.Closed) {
	if x.tally == nil {
		return
	}
	if last := len(c.table) - 1; e.Cause == capture.FIN || e.Cause == capture.RST {
		x.changes[change{last, x.session.State}]++
		x.states[protocol.Closed]++
	}
	c.join(x)
}

// join adds a connection to those of its dialect.
func (c *Collector) join(x *conn) {
	x.conns = 1
	d := cmp.Or(x.session.Dialect, protocol.IMAP2)
	if c.done[d] == nil {
		c.done[d] = newTally()
	}
	c.done[d].add(x.tally)
	x.tally = nil
}

// Reports returns a Report for each dialect that was seen, the oldest first. No more events may
// follow.
func (c *Collector) Reports() []*Report {
	for id, x := range c.open {
		if x.tally != nil {
			c.join(x)
		}
		delete(c.open, id)
	}
	var out []*Report
	for d, t := range c.done {
		out = append(out, c.report(d, t))
	}
	slices.SortFunc(out, func(a, b *Report) int { return cmp.Compare(a.Dialect, b.Dialect) })
	return out
}
