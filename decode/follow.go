package decode

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
)

// input fills x with the message, for a session. Tree is the message's, if it is a
// response and has one.
func (m *Message) input(x *session.Input, tree *syntax.Node) {
	x.Dir, x.Kind, x.Time, x.Row, x.Number, x.Text = m.Dir, m.Kind, m.Time, m.Row, m.Number, m.Text
	x.Broken, x.Message, x.Tree, x.Secrets, x.SecretTag = m.Broken, &m.Message, tree, x.Secrets[:0], false
	if t := m.Txn; t != nil {
		x.N, x.Command, x.Request, x.Since = t.N, t.Row, &t.Request, t.Time
		x.Orphan, x.Done, x.Place = t.Outcome == Orphan, t.tagged, t.place
	} else {
		x.N, x.Command, x.Request, x.Since = 0, nil, nil, time.Time{}
		x.Orphan, x.Done, x.Place = false, false, session.Place{}
	}
}

// Feed feeds the message to a Session.
func (m *Message) Feed(s *session.Session) {
	var x session.Input
	m.input(&x, nil)
	if m.Kind == Request {
		x.Place = s.Open(x.Command, x.Message)
	}
	s.Feed(&x)
}

// Follow feeds one event of a connection to a World. Closed ends the session.
func Follow(w *session.World, id capture.ConnID, e Event) {
	switch e := e.(type) {
	case *Message:
		var tree *syntax.Node
		if wantsTree(e) {
			tree = w.Parser().Response(&e.Message)
		}
		FollowParsed(w, id, e, tree)
	case *Transaction:
		if s := w.Session(id); s != nil {
			s.Forget(e.N)
		}
	case *Note:
		if s := w.Session(id); s != nil {
			s.Noted(e.Text)
		}
	case *Closed:
		w.Close(id, e.Time, e.How())
	}
}

// FollowParsed is like Follow, for a message that is already parsed.
func FollowParsed(w *session.World, id capture.ConnID, m *Message, tree *syntax.Node) {
	x := w.Input()
	m.input(x, tree)
	w.Feed(id, x)
}

// wantsTree reports whether the model of a mailbox needs the contents of a response.
func wantsTree(m *Message) bool {
	return m.Kind == Untagged && (m.Row.Does(protocol.DefinesFlags) || m.Row.Does(protocol.Describes) || m.Row.Does(protocol.Vanishes))
}
