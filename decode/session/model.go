package session

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

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

	clock time.Time // of the last fact
	facts int       // so far
	login bool      // a LoggedIn was reported
	waits int       // the IDLE that an IdleBegan was reported of, or 0
	done  bool      // the client ended it
	last  results   // of the last search
}

// feed follows one message.
func (s *Model) feed(m *Input) {
	before, user := s.State, s.User
	if m.Kind == Request {
		m.Place = s.Open(m.Command, m.Message)
	}
	if m.Kind != Untagged || !s.FeedData(m.Row, m.Command) {
		s.Feed(m)
	}
	s.state(m, user, before)
	switch m.Kind {
	case Untagged:
		s.data(m)
	case Tagged:
		s.tagged(m)
	}
	if before == protocol.Selected && s.State == protocol.Authenticated {
		s.deselect(m)
	}
}

// deselect follows the end of the selected mailbox.
func (s *Model) deselect(m *Input) {
	if b := s.Mailbox; b != nil {
		f := s.about(Deselected, m, b)
		f.Removing = m.Command != nil && m.Command.Removing && !b.ReadOnly
		s.emit(f)
	}
	s.Mailbox = nil
}

// tagged follows the response to a command, as far as it is about mailboxes.
func (s *Model) tagged(m *Input) {
	if m.Orphan || m.Command == nil {
		return
	}
	switch m.Command.Effect {
	case protocol.Deselects, protocol.Unauthenticates:
		if s.State != protocol.Selected {
			s.deselect(m)
		}
	case protocol.Selects:
		s.selected(m)
	default:
		if m.Row.Does(protocol.Succeeds) {
			s.succeeded(m)
		}
	}
}

// selected follows the response to SELECT.
func (s *Model) selected(m *Input) {
	box := s.pending
	if s.opened != m.N || box == nil {
		box = &Mailbox{}
	}
	s.pending, s.opened = nil, 0
	if !m.Row.Does(protocol.Succeeds) {
		s.deselect(m)
		return
	}
	box.Name, box.BBoard = s.Name, m.Command.Shared
	c, _ := readCode(m.Text)
	box.ReadOnly = m.Command.ReadOnly || c.row != nil && c.row.ReadOnly
	box.coded(c)
	if box.UIDNext != 0 {
		box.next = box.nextNumber()
		box.promised.number = box.next
	}
	s.Mailbox, s.last = box, results{}
	f := s.about(Selected, m, box)
	f.UIDNext, f.ModSeq, f.Count, f.ReadOnly = box.UIDNext, box.HighestModSeq, box.Exists, box.ReadOnly
	s.emit(f)
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
	if m.Row.Does(protocol.Reports) {
		s.reported(m)
		return
	}
	b := s.box(m)
	if b == nil {
		return
	}
	if !m.Row.Status && !m.Row.Does(protocol.Found) && !m.Row.Does(protocol.FoundSet) {
		s.last = results{} // the next search may find others
	}
	switch m.Row.Effect {
	case protocol.CountsMessages:
		grown := b.Known && b == s.Mailbox && m.Number > b.Exists
		b.exists(m.Number)
		if grown {
			f := s.about(Arrived, m, b)
			f.Count = m.Number
			s.emit(f)
		}
	case protocol.CountsRecent:
		b.HasNew, b.Recent = true, m.Number
	case protocol.DefinesFlags:
		b.Flags = syntax.ReadFlags(m.Tree, m.Raw)
		if b.Flags == nil {
			b.Flags = []string{}
		}
	case protocol.Removes:
		s.removed(b, m)
	case protocol.Vanishes:
		if uids, earlier := syntax.ReadVanished(m.Tree, m.Raw); !earlier {
			b.vanish(uids)
			f := s.about(Removed, m, b)
			f.Own, f.Set, f.UIDs = own(m, protocol.Expunges, protocol.Moves), setText(uids), true
			s.emit(f)
		}
	case protocol.Describes:
		s.fetched(b, m)
	case protocol.Found, protocol.FoundSet:
		s.found(b, m)
	default:
		s.figures(b, m)
	}
}

// removed follows an EXPUNGE.
func (s *Model) removed(b *Mailbox, m *Input) {
	f := s.about(Removed, m, b)
	f.Number = m.Number
	f.UID, _ = b.UID(m.Number)
	f.Own = own(m, protocol.Expunges, protocol.Moves)
	b.expunge(m.Number)
	s.emit(f)
}

// own reports whether a message's command can have caused a change.
func own(m *Input, effects ...protocol.Effect) bool {
	return m.Command != nil && !m.Orphan && slices.Contains(effects, m.Command.Effect)
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
	var flags *syntax.Node
	for i := range list.Kids {
		k := &list.Kids[i]
		if k.Kind != syntax.KindProperty {
			continue
		}
		shows := k.Shows
		x.Fetched |= shows
		v := &k.Kids[len(k.Kids)-1]
		if len(k.Kids) == 1 || v.Kind == syntax.KindMissing || v.Kind == syntax.KindSP {
			continue
		}
		if shows == protocol.ShowsFlags {
			flags = v
			continue
		}
		b.property(x, m, shows, v)
	}
	if flags != nil { // last: the UID and the MODSEQ are known then
		s.flagged(b, x, m, s.world.flagList(flags, m.Raw))
	}
	if s.world.Detailed {
		f := s.about(Shown, m, b)
		f.Number, f.UID, f.ModSeq, f.Text = m.Number, x.UID, x.ModSeq, itemNames(list, m.Raw)
		s.emit(f)
	}
}

// itemNames returns the names of the items of a FETCH response.
func itemNames(list *syntax.Node, raw []byte) string {
	var names []byte
	for i := range list.Kids {
		if k := &list.Kids[i]; k.Kind == syntax.KindProperty && len(names) < maxFactText {
			if len(names) > 0 {
				names = append(names, ' ')
			}
			names = append(names, bytes.ToUpper(k.Kids[0].Bytes(raw))...)
		}
	}
	return string(names)
}

// property follows one value of a FETCH response, other than FLAGS.
func (b *Mailbox) property(x *Message, m *Input, shows protocol.Shows, v *syntax.Node) {
	switch shows {
	case protocol.ShowsUniqueID:
		if n, ok := v.Number(m.Raw); ok && n <= 1<<32-1 {
			b.identify(x.Number, uint32(n))
			b.used(uint32(n))
		}
	case protocol.ShowsModSeq:
		x.ModSeq, _ = strconv.ParseUint(string(bytes.Trim(v.Bytes(m.Raw), "( )")), 10, 63)
	case protocol.ShowsSize:
		if n, ok := v.Number(m.Raw); ok {
			x.Size = int64(n)
		}
	case protocol.ShowsHeader:
		x.Octets.Header = size(v, m)
	case protocol.ShowsText:
		x.Octets.Text = size(v, m)
	case protocol.ShowsWhole:
		x.Octets.Whole = size(v, m)
	}
}

// used raises UIDNEXT above an identifier that a message has.
func (b *Mailbox) used(uid uint32) {
	if b.UIDNext != 0 && uid >= b.UIDNext && uid < 1<<32-1 {
		b.UIDNext, b.next = uid+1, 0
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
	had, old := x.HasFlag, x.Flags
	x.Flags, x.HasFlag = flags, true
	stores := own(m, protocol.Stores)
	if same && !stores || !had && !stores || !s.world.reports(Flagged) {
		return // not changed, or only now known
	}
	f := s.about(Flagged, m, b)
	f.Number, f.ModSeq, f.Text = x.Number, x.ModSeq, strings.Join(flags, " ")
	f.UID, _ = b.UID(x.Number)
	f.Reading = !stores && gained(old, flags) && marksSeen(m)
	f.Own = stores || f.Reading
	s.emit(f)
}
