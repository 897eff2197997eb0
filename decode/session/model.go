package session

import (
	"bytes"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Model is one connection of a World: its Session, and the mailbox that is
// selected.
type Model struct {
	Session
	Conn    capture.Conn
	Mailbox *Mailbox // nil if none is selected

	pending *Mailbox // described by a SELECT that is not answered yet
	opened  int      // the number of that SELECT
	world   *World
}

// feed follows one message.
func (s *Model) feed(m *Input) {
	before := s.State
	if m.Kind == Request {
		m.Place = s.Open(m.Command, m.Message)
	}
	s.Feed(m)
	switch m.Kind {
	case Untagged:
		s.data(m)
	case Tagged:
		s.selected(m)
	}
	if before == protocol.Selected && s.State == protocol.Authenticated {
		s.Mailbox = nil
	}
}

// selected follows the response to SELECT.
func (s *Model) selected(m *Input) {
	if m.Orphan || m.Command == nil {
		return
	}
	switch m.Command.Effect {
	case protocol.Deselects, protocol.Unauthenticates:
		if s.State != protocol.Selected {
			s.Mailbox = nil
		}
		return
	case protocol.Selects:
	default:
		return
	}
	box := s.pending
	if s.opened != m.N || box == nil {
		box = &Mailbox{}
	}
	s.pending, s.opened = nil, 0
	if !m.Row.Does(protocol.Succeeds) {
		s.Mailbox = nil
		return
	}
	box.Name, box.BBoard = s.Name, m.Command.Shared
	q := syntax.ReadResponse(m.Tree, m.Raw)
	box.ReadOnly = m.Command.ReadOnly || q.Code != nil && readOnly(syntax.ReadCode(q.Code, m.Raw).Name)
	s.Mailbox = box
}

// readOnly reports whether a code means that the mailbox was opened read-only.
func readOnly(code string) bool {
	r := protocol.Lookup(protocol.Code, code)
	return r != nil && r.ReadOnly
}

// box returns the mailbox that data is about: the one being selected, if the data
// belongs to a SELECT.
func (s *Model) box(m *Input) *Mailbox {
	if m.Command.Does(protocol.Selects) {
		if s.opened != m.N || s.pending == nil {
			s.pending, s.opened = &Mailbox{}, m.N
		}
		return s.pending
	}
	return s.Mailbox
}

// data follows what the server reports about the mailbox.
func (s *Model) data(m *Input) {
	if m.Row == nil || m.Row.Effect == protocol.NoEffect || m.Row.Effect == protocol.SaysBye {
		return
	}
	b := s.box(m)
	if b == nil {
		return
	}
	switch m.Row.Effect {
	case protocol.CountsMessages:
		b.exists(m.Number)
	case protocol.CountsRecent:
		b.HasNew, b.Recent = true, m.Number
	case protocol.DefinesFlags:
		b.Flags = syntax.ReadFlags(m.Tree, m.Raw)
		if b.Flags == nil {
			b.Flags = []string{}
		}
	case protocol.Removes:
		b.expunge(m.Number)
		s.world.did(s, b, Change{s.Conn.ID, own(m, protocol.Expunges, protocol.Moves), m.Time, m.Row.Name}, m.Number)
	case protocol.Vanishes:
		if uids, earlier := syntax.ReadVanished(m.Tree, m.Raw); !earlier {
			b.vanish(uids)
		}
	case protocol.Describes:
		s.fetched(b, m)
	}
}

// own returns the number of a message's command if it can have caused a change.
func own(m *Input, effects ...protocol.Effect) int {
	if m.Command != nil && slices.Contains(effects, m.Command.Effect) {
		return m.N
	}
	return 0
}

// fetched follows what is reported about one message.
func (s *Model) fetched(b *Mailbox, m *Input) {
	list := m.Tree.Kid(syntax.KindMessageData)
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
		shows := protocol.ShowsOf(k.Kids[0].Bytes(m.Raw))
		x.Fetched |= shows
		v := &k.Kids[len(k.Kids)-1]
		if len(k.Kids) == 1 || v.Kind == syntax.KindMissing || v.Kind == syntax.KindSP {
			continue
		}
		s.property(b, x, m, shows, v)
	}
}

// property follows one value of a FETCH response.
func (s *Model) property(b *Mailbox, x *Message, m *Input, shows protocol.Shows, v *syntax.Node) {
	switch shows {
	case protocol.ShowsUniqueID:
		if n, ok := v.Number(m.Raw); ok {
			x.UID = uint32(n)
		}
	case protocol.ShowsSize:
		if n, ok := v.Number(m.Raw); ok {
			x.Size = int64(n)
		}
	case protocol.ShowsFlags:
		s.flagged(b, x, m, s.world.flagList(v, m.Raw))
	case protocol.ShowsHeader:
		x.Octets.Header = size(v, m)
	case protocol.ShowsText:
		x.Octets.Text = size(v, m)
	case protocol.ShowsWhole:
		x.Octets.Whole = size(v, m)
	}
}

// size returns the length of a string in bytes, whether all of it is kept or not; -1 if
// it is not a string, or is incomplete.
func size(v *syntax.Node, m *Input) int64 {
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

// flagged follows the flags of a message. If they differ from those it had, a command
// of this session changed them, or another session did.
func (s *Model) flagged(b *Mailbox, x *Message, m *Input, flags []string) {
	same := x.HasFlag && (slices.Equal(x.Flags, flags) || sameFlags(x.Flags, flags))
	had := x.HasFlag
	x.Flags, x.HasFlag = flags, true
	if same {
		return
	}
	c := Change{s.Conn.ID, own(m, protocol.Stores), m.Time, strings.TrimSpace("FLAGS " + strings.Join(flags, " "))}
	if had && c.Txn == 0 {
		c.Txn = own(m, protocol.Fetches) // reading sets \Seen
	}
	if !had && c.Txn == 0 {
		return // only now known, not changed
	}
	s.world.did(s, b, c, x.Number)
	x.changed(s.world.cause(s, b, c, x.Number))
}
