package session

import (
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// World is sessions side by side: what one changes in a mailbox, another one sees
// unasked. The zero value is ready. It is not safe for concurrent use.
type World struct {
	sessions map[capture.ConnID]*Session
	shared   map[place][]done
	parser   syntax.Parser

	lists map[string][]string // flag lists by how they are written: there are few
	fold  [maxName]byte
}

// What is remembered of flag lists, so that messages share them.
const (
	maxLists = 1 << 10
	maxList  = 256
)

// flagList is the flags of a list; it is shared, and must not be changed.
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

// maxName is the length of the longest name of a property that the model follows.
const maxName = 32

// name is b in upper case, valid until the next call; nil if it is too long.
func (w *World) name(b []byte) []byte {
	if len(b) > maxName {
		return nil
	}
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		w.fold[i] = c
	}
	return w.fold[:len(b)]
}

// place is a mailbox that several sessions may have selected.
type place struct{ server, user, name string }

// done is a change that a session's own command made.
type done struct {
	Change
	number uint32
}

// recentChanges is how many changes of a shared mailbox are remembered, and
// recentTime for how long another session may tell of them.
const (
	recentChanges = 64
	recentTime    = time.Hour
)

// Open begins a session.
func (w *World) Open(c capture.Conn) {
	if w.sessions == nil {
		w.sessions = make(map[capture.ConnID]*Session)
		w.shared = make(map[place][]done)
		w.lists = make(map[string][]string)
	}
	s := &Session{Conn: c, world: w}
	if c.MidStream {
		s.State = NotAuthenticated // what was said before is not known; an OK moves it on
	}
	w.sessions[c.ID] = s
}

// Session is a connection's; nil if it is not open.
func (w *World) Session(id capture.ConnID) *Session { return w.sessions[id] }

// Event follows one event of a connection's decoder. Closed ends the session.
func (w *World) Event(id capture.ConnID, e decode.Event) {
	s := w.sessions[id]
	if s == nil {
		return
	}
	switch e := e.(type) {
	case *decode.Message:
		s.message(e, &w.parser)
	case *decode.Closed:
		s.closed(e.Time)
		s.Dialect = e.Dialect
		delete(w.sessions, id)
	}
}

// Parsed follows a message as Event does, for one who has its tree already.
func (w *World) Parsed(id capture.ConnID, m *decode.Message, tree *syntax.Node) {
	if s := w.sessions[id]; s != nil {
		s.message(m, parsed{tree})
	}
}

// grammar gives the tree of a response.
type grammar interface {
	Response(*wire.Message) *syntax.Node
}

// parsed is a grammar for the one message it was made of.
type parsed struct{ tree *syntax.Node }

func (p parsed) Response(*wire.Message) *syntax.Node { return p.tree }

func placeOf(s *Session, b *Mailbox) place {
	p := place{server: s.Conn.Server.String(), user: s.User, name: b.Name}
	if b.BBoard {
		p.user = "" // shared by all users (RFC 1176, "Commands": BBOARD, p. 11)
	}
	if strings.EqualFold(p.name, "INBOX") {
		p.name = "INBOX"
	}
	return p
}

// did remembers what a session's own command changed.
func (w *World) did(s *Session, b *Mailbox, c Change, number uint32) {
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

// cause is a change with the command that made it, if it was another session's and
// that is known.
func (w *World) cause(s *Session, b *Mailbox, c Change, number uint32) Change {
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
