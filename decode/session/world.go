package session

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// World holds the Models of several connections, which know nothing of each other. The
// zero value is ready to use. It is not safe for concurrent use.
type World struct {
	// Report, if not nil, receives the facts of each connection. They are valid until it
	// returns.
	Report func(*capture.Conn, *Fact)
	// Detailed adds the facts Shown and Found.
	Detailed bool
	// Figures leaves out all facts about mailboxes that say nothing of UIDVALIDITY, UIDNEXT and
	// HIGHESTMODSEQ, nor of another mailbox that has the name from now on.
	Figures bool
	// Dialect is what every session speaks, whatever it shows, unless it is
	// protocol.UnknownDialect. It is set before Open.
	Dialect protocol.Dialect

	models map[capture.ConnID]*Model
	last   *Model // that was asked for last, if it is open
	parser syntax.Parser
	stores syntax.Parser       // of requests, while a response is parsed
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

// Open begins a session.
func (w *World) Open(c capture.Conn) {
	if w.models == nil {
		w.models = make(map[capture.ConnID]*Model)
		w.lists = make(map[string][]string)
	}
	s := &Model{Session: New(c.MidStream), Conn: c, world: w}
	s.Session.Force(w.Dialect)
	w.models[c.ID], w.last = s, s
	s.began(&s.Conn)
}

// Session returns a connection's model, or nil if it is not open.
func (w *World) Session(id capture.ConnID) *Model {
	if w.last == nil || w.last.Conn.ID != id {
		w.last = w.models[id]
	}
	return w.last
}

// Feed follows one message of a connection. x may be w.Input().
func (w *World) Feed(id capture.ConnID, x *Input) {
	if s := w.Session(id); s != nil {
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

// Close ends a session. How is how the connection ended, in words.
func (w *World) Close(id capture.ConnID, t time.Time, how string) {
	s := w.models[id]
	if s == nil {
		return
	}
	s.end(t, how)
	s.Session.Close()
	s.Mailbox, s.pending = nil, nil
	delete(w.models, id)
	w.last = nil
}
