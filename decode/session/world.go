package session

import (
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// World follows sessions side by side: a change by one in a mailbox is seen by another
// without a request. The zero value is ready to use. It is not safe for concurrent use.
type World struct {
	// Dialect is what every session speaks, whatever it shows, unless it is
	// protocol.UnknownDialect. It is set before Open.
	Dialect protocol.Dialect

	models map[capture.ConnID]*Model
	shared map[place][]done
	parser syntax.Parser
	lists  map[string][]string // flag lists by their text: there are few
	in     Input
}

// Limits of the flag lists that are kept for messages to share.
const (
	maxLists = 1 << 10
	maxList  = 256
)

// flagList returns the flags of a list; it is shared, and must not be changed.
func (w *World) flagList(n *syntax.Node, raw []byte) []string {
	b := n.Bytes(raw)
	flags, ok := w.lists[string(b)]
	if !ok {
		flags = syntax.ReadFlags(n, raw)
		if len(w.lists) < maxLists && len(b) <= maxList {
			w.lists[string(b)] = flags
		}
	}
	return flags
}

// place is a mailbox that several sessions may have selected.
type place struct{ server, user, name string }

// done is a change that a session's own command made.
type done struct {
	Change
	number uint32
}

// recentChanges is the number of changes of a shared mailbox that are kept, and
// recentTime how long after one another session may report it.
const (
	recentChanges = 64
	recentTime    = time.Hour
)

// Open begins a session.
func (w *World) Open(c capture.Conn) {
	if w.models == nil {
		w.models = make(map[capture.ConnID]*Model)
		w.shared = make(map[place][]done)
		w.lists = make(map[string][]string)
	}
	m := &Model{Session: New(c.MidStream), Conn: c, world: w}
	m.Session.Force(w.Dialect)
	w.models[c.ID] = m
}

// Session returns a connection's model, or nil if it is not open.
func (w *World) Session(id capture.ConnID) *Model { return w.models[id] }

// Feed follows one message of a connection. x may be w.Input().
func (w *World) Feed(id capture.ConnID, x *Input) {
	if s := w.models[id]; s != nil {
		s.feed(x)
	}
}

// Input returns an Input to fill for Feed. It returns the same one each time.
func (w *World) Input() *Input {
	w.in = Input{Secrets: w.in.Secrets[:0]}
	return &w.in
}

// Parser returns a parser for the Trees of Inputs.
func (w *World) Parser() *syntax.Parser { return &w.parser }

// Close ends a session.
func (w *World) Close(id capture.ConnID) {
	s := w.models[id]
	if s == nil {
		return
	}
	s.Session.Close()
	s.Mailbox, s.pending = nil, nil
	delete(w.models, id)
}

func placeOf(s *Model, b *Mailbox) place {
	p := place{server: s.Conn.Server.String(), user: s.User, name: b.Name}
	if b.BBoard {
		p.user = "" // shared by all users (RFC 1176, "Commands": BBOARD, p. 11)
	}
	if inbox := protocol.Lookup(protocol.Term, p.name); inbox != nil && strings.EqualFold(p.name, inbox.Name) {
		p.name = inbox.Name // written in any case
	}
	return p
}

// did records what a session's own command changed.
func (w *World) did(s *Model, b *Mailbox, c Change, number uint32) {
	if c.Txn == 0 {
		return
	}
	p := placeOf(s, b)
	list, ok := w.shared[p]
	if !ok && len(w.shared) >= MaxShared {
		return
	}
	if len(list) == recentChanges {
		list = append(list[:0], list[1:]...)
	}
	w.shared[p] = append(list, done{c, number})
}

// cause returns a change with the command that made it, if another session made it and
// the command is known.
func (w *World) cause(s *Model, b *Mailbox, c Change, number uint32) Change {
	if c.Txn != 0 {
		return c
	}
	list := w.shared[placeOf(s, b)]
	for i := len(list) - 1; i >= 0; i-- {
		d := list[i]
		if d.Conn != s.Conn.ID && d.number == number && d.What == c.What && c.Time.Sub(d.Time) < recentTime {
			d.Time = c.Time
			return d.Change
		}
	}
	return c
}
