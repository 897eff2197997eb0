package session

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Session is one connection.
type Session struct {
	Conn    capture.Conn
	State   State
	User    string
	Dialect decode.Dialect
	Mailbox *Mailbox // nil if none is selected

	pending *Mailbox // what a SELECT that is not answered yet describes
	opened  int      // the transaction of that SELECT
	world   *World
}

// message follows one message.
func (s *Session) message(m *decode.Message, p grammar) {
	switch m.Kind {
	case decode.Greeting:
		s.enter("greeting " + m.Word)
	case decode.Untagged:
		s.untagged(m, p)
	case decode.Tagged:
		s.tagged(m, p)
	}
}

func (s *Session) enter(on string) {
	if to, ok := next(s.State, on); ok {
		s.State = to
	}
}

// tagged follows the response to a command.
func (s *Session) tagged(m *decode.Message, p grammar) {
	t := m.Txn
	if t == nil || t.Command == "" {
		return
	}
	before := s.State
	s.enter(t.Command + " " + m.Word)
	switch t.Command {
	case "LOGIN", "AUTHENTICATE":
		if m.Word == "OK" {
			s.User = t.User
			if s.State < Authenticated { // the server decides what is permitted
				s.State = Authenticated
			}
		}
	case "SELECT", "BBOARD", "EXAMINE":
		s.selected(t, m, p)
	case "CLOSE", "UNSELECT":
		if s.State != Selected {
			s.Mailbox = nil
		}
	}
	if before == Selected && s.State == Authenticated {
		s.Mailbox = nil
	}
}

// selected follows the response to SELECT.
func (s *Session) selected(t *decode.Transaction, m *decode.Message, p grammar) {
	box := s.pending
	if s.opened != t.N || box == nil {
		box = &Mailbox{}
	}
	s.pending, s.opened = nil, 0
	if m.Word != "OK" {
		s.Mailbox = nil
		return
	}
	s.State = Selected
	box.Name, box.BBoard = t.Mailbox, t.Command == "BBOARD"
	q := syntax.ReadResponse(p.Response(&m.Message), m.Raw)
	box.ReadOnly = t.Command == "EXAMINE" || q.Code != nil && syntax.ReadCode(q.Code, m.Raw).Name == "READ-ONLY"
	s.Mailbox = box
}

// box is the mailbox that data is about: the one being selected, if the data belongs
// to a SELECT.
func (s *Session) box(t *decode.Transaction) *Mailbox {
	if t != nil {
		switch t.Command {
		case "SELECT", "BBOARD", "EXAMINE":
			if s.opened != t.N || s.pending == nil {
				s.pending, s.opened = &Mailbox{}, t.N
			}
			return s.pending
		}
	}
	return s.Mailbox
}

// untagged follows what the server says of the mailbox, or of its end.
func (s *Session) untagged(m *decode.Message, p grammar) {
	if m.Word == "BYE" {
		s.enter("BYE")
		return
	}
	b := s.box(m.Txn)
	if b == nil {
		return
	}
	switch m.Word {
	case "EXISTS":
		b.exists(m.Number)
	case "RECENT":
		b.HasNew, b.Recent = true, m.Number
	case "FLAGS":
		b.Flags = syntax.ReadFlags(p.Response(&m.Message), m.Raw)
		if b.Flags == nil {
			b.Flags = []string{}
		}
	case "EXPUNGE":
		b.expunge(m.Number)
		s.world.did(s, b, Change{s.Conn.ID, own(m.Txn, "EXPUNGE", "MOVE", "UID EXPUNGE", "UID MOVE"), m.Time, "EXPUNGE"}, m.Number)
	case "FETCH", "STORE":
		s.fetched(b, m, p)
	}
}

// own is the number of a transaction if its command can have caused a change.
func own(t *decode.Transaction, commands ...string) int {
	if t == nil {
		return 0
	}
	for _, c := range commands {
		if t.Command == c {
			return t.N
		}
	}
	return 0
}

// fetched follows what is said about one message.
func (s *Session) fetched(b *Mailbox, m *decode.Message, p grammar) {
	list := p.Response(&m.Message).Kid(syntax.KindMessageData)
	if list == nil {
		return
	}
	x := b.note(m.Number)
	if x == nil {
		return
	}
	for i := range list.Kids {
		k := &list.Kids[i]
		if k.Kind != syntax.KindProperty {
			continue
		}
		name := s.world.name(k.Kids[0].Bytes(m.Raw))
		x.Fetched |= itemNames[string(name)]
		v := &k.Kids[len(k.Kids)-1]
		if len(k.Kids) == 1 || v.Kind == syntax.KindMissing || v.Kind == syntax.KindSP {
			continue
		}
		switch string(name) {
		case "UID":
			if n, ok := v.Number(m.Raw); ok {
				x.UID = uint32(n)
			}
		case "RFC822.SIZE":
			if n, ok := v.Number(m.Raw); ok {
				x.Size = int64(n)
			}
		case "FLAGS":
			s.flagged(b, x, m, s.world.flagList(v, m.Raw))
		case "RFC822.HEADER", "BODY[HEADER]":
			x.Octets.Header = octets(v, m)
		case "RFC822.TEXT", "BODY[TEXT]":
			x.Octets.Text = octets(v, m)
		case "RFC822", "BODY[]":
			x.Octets.Whole = octets(v, m)
		}
	}
}

// octets is the length of a string, all of it kept or not; -1 if it is none, or did
// not come whole.
func octets(v *syntax.Node, m *decode.Message) int64 {
	switch v.Kind {
	case syntax.KindLiteral:
		for i := range m.Literals {
			if l := &m.Literals[i]; l.Head == v.Kids[0].Span && l.State == wire.Complete {
				return l.Size
			}
		}
	case syntax.KindQuoted:
		if m.Elided == 0 && bytes.IndexByte(v.Bytes(m.Raw), '\\') < 0 {
			return int64(v.Span.Len() - len(`""`))
		}
	case syntax.KindNIL:
		return 0
	}
	return -1
}

// flagged follows the flags of a message. If they are not those it had, a command
// of this session changed them, or another session did.
func (s *Session) flagged(b *Mailbox, x *Message, m *decode.Message, flags []string) {
	same := x.HasFlag && (slices.Equal(x.Flags, flags) || sameFlags(x.Flags, flags))
	had := x.HasFlag
	x.Flags, x.HasFlag = flags, true
	if same {
		return
	}
	c := Change{s.Conn.ID, own(m.Txn, "STORE", "UID STORE"), m.Time, strings.TrimSpace("FLAGS " + strings.Join(flags, " "))}
	if had && c.Txn == 0 {
		c.Txn = own(m.Txn, "FETCH", "UID FETCH", "PARTIAL") // \Seen comes with reading
	}
	if !had && c.Txn == 0 {
		return // only now known, not changed
	}
	s.world.did(s, b, c, x.Number)
	x.changed(s.world.cause(s, b, c, x.Number))
}

// closed follows the end of the connection.
func (s *Session) closed(time.Time) {
	s.enter("close")
	s.Mailbox, s.pending = nil, nil
}
