package session

import (
	"bytes"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// figures follows a status response about the mailbox, by its code.
func (s *Model) figures(b *Mailbox, m *Input) {
	c, ok := readCode(m.Text)
	if !ok || c.row == nil {
		return
	}
	if c.row.Does(protocol.GivesCopied) && m.Command.Does(protocol.Moves) {
		s.copied(m, c) // MOVE has it here (RFC 6851, 4.3)
		return
	}
	if b.coded(c) && b == s.Mailbox {
		f := s.about(Reported, m, b)
		f.UIDNext, f.ModSeq, f.View = b.UIDNext, b.HighestModSeq, true
		s.emit(f)
	}
}

// reported follows STATUS data.
func (s *Model) reported(m *Input) {
	const words = 2 // "*", and its name
	at := pastWords(m.Message, words)
	f := s.fact(Reported, m)
	f.Mailbox = s.hide(value(m.Message, at))
	rest := m.Raw[min(pastWords(m.Message, words+1), len(m.Raw)):]
	if i := bytes.IndexByte(rest, '('); i >= 0 {
		rest = rest[i+1:]
	}
	for {
		var name, number []byte
		name, rest = wire.Word(rest)
		if number, rest = wire.Word(rest); len(number) == 0 {
			break
		}
		n, err := strconv.ParseUint(string(bytes.Trim(number, "()")), 10, 63)
		row := protocol.Lookup(protocol.StatusItem, name)
		if row == nil || err != nil || n > 1<<32-1 && row.Effect != protocol.GivesHighestModSeq {
			continue
		}
		switch row.Effect {
		case protocol.GivesUIDValidity:
			f.UIDValidity = uint32(n)
		case protocol.GivesUIDNext:
			f.UIDNext = uint32(n)
		case protocol.GivesHighestModSeq:
			f.ModSeq = n
		case protocol.GivesMessages:
			f.Count = uint32(n)
		}
	}
	s.emit(f)
}

// succeeded follows the OK to a command, other than SELECT, that is about messages or
// mailboxes.
func (s *Model) succeeded(m *Input) {
	c, _ := readCode(m.Text)
	if b := s.Mailbox; b != nil && s.State == protocol.Selected {
		s.figures(b, m)
	}
	switch m.Command.Effect {
	case protocol.Stores:
		s.stored(m, c)
	case protocol.Copies, protocol.Moves:
		if !m.Command.Does(protocol.Moves) || c.row.Does(protocol.GivesCopied) {
			s.copied(m, c)
		}
	case protocol.Appends:
		s.appended(m, c)
	case protocol.Creates:
		s.named(Created, m)
	case protocol.Deletes:
		s.named(Deleted, m)
	case protocol.Renames:
		s.named(Renamed, m)
	}
}

// named reports what a command did to the mailbox that it names.
func (s *Model) named(k FactKind, m *Input) {
	if !s.world.reports(k) {
		return
	}
	f := s.fact(k, m)
	f.Own, f.Mailbox = true, s.mailboxArgument(m)
	if k == Renamed {
		f.To = s.hide(value(m.Request, pastWords(m.Request, 2+nameWords(m.Command))))
	}
	s.emit(f)
}

// mailboxArgument returns the mailbox that a command names.
func (s *Model) mailboxArgument(m *Input) string {
	return s.hide(Argument(m.Request, m.Command, protocol.RoleMailbox))
}

// appended follows the OK to APPEND.
func (s *Model) appended(m *Input, c code) {
	f := s.fact(Appended, m)
	f.Own, f.Mailbox = true, s.mailboxArgument(m)
	if c.row.Does(protocol.GivesAppended) {
		validity, uids, _ := c.uidSets()
		f.UIDValidity, f.Set, f.UIDs = validity, setText(uids), true
		s.came(f.Mailbox, validity, uids)
	}
	s.emit(f)
}

// came raises UIDNEXT of the selected mailbox above the identifiers of new messages, if they
// are in it.
func (s *Model) came(mailbox string, validity uint32, uids syntax.Sequence) {
	b := s.Mailbox
	if b == nil || b.Name != mailbox || b.UIDValidity != validity {
		return
	}
	for _, r := range uids {
		_, high := r.Bounds()
		b.used(high)
	}
}

// copied follows the OK to COPY or MOVE. COPYUID has the identifiers of the messages in the
// order of their numbers, and so shows those of a set that was given by number.
func (s *Model) copied(m *Input, c code) {
	b := s.Mailbox
	if b == nil {
		return
	}
	set := syntax.ParseSequence(wordOf(m, 0))
	k := Copied
	if m.Command.Does(protocol.Moves) {
		k = Moved
	}
	f := s.about(k, m, b)
	f.Own, f.To = true, s.mailboxArgument(m)
	f.Set, f.UIDs = setText(set), m.Command.UID
	if c.row.Does(protocol.GivesCopied) {
		_, from, to := c.uidSets()
		if numbers := members(clip(set, b.Exists), MaxKnown); !m.Command.UID {
			if uids := members(from, MaxKnown); len(uids) == len(numbers) {
				for i, n := range numbers {
					b.identify(n, uids[i])
				}
			}
		}
		f.Set, f.UIDs, f.ToSet = setText(from), true, setText(to)
		validity, _ := c.number32()
		s.came(f.To, validity, to)
	}
	s.emit(f)
}

// wordOf returns an argument of a command, counted from 0.
func wordOf(m *Input, n int) []byte {
	if m.Request == nil {
		return nil
	}
	w, _ := wire.Word(m.Request.Raw[min(pastWords(m.Request, 1+nameWords(m.Command)+n), len(m.Request.Raw)):])
	return w
}

// clip returns a set of message numbers without those that do not exist; "*" is the last.
func clip(set syntax.Sequence, exists uint32) syntax.Sequence {
	var out syntax.Sequence
	for _, r := range set {
		first, last := r.First, r.Last
		if first == syntax.Star {
			first = exists
		}
		if last == syntax.Star {
			last = exists
		}
		low, high := syntax.Range{First: first, Last: last}.Bounds()
		if high = min(high, exists); low <= high && low > 0 {
			out = append(out, syntax.Range{First: low, Last: high})
		}
	}
	return out
}

// stored follows the OK to STORE.
func (s *Model) stored(m *Input, c code) {
	b := s.Mailbox
	if b == nil || !s.world.reports(Stored) {
		return
	}
	f := s.about(Stored, m, b)
	f.Own = true
	set := syntax.ParseSequence(wordOf(m, 0))
	if f.UIDs = m.Command.UID; !f.UIDs {
		set = clip(set, b.Exists)
		if uids, ok := b.uidsOf(set); ok {
			set, f.UIDs = uids, true
		}
	}
	if c.row.Does(protocol.GivesModified) {
		set = without(set, syntax.ParseSequence(bytes.TrimSpace(c.args)), f.UIDs == m.Command.UID)
	}
	f.Set, f.Count = setText(set), b.count(set)
	tree := s.world.stores.Request(m.Request)
	if n := tree.Find(syntax.KindStoreAtt); n != nil {
		f.Text = strings.TrimSpace(string(n.Bytes(m.Request.Raw)))
	}
	s.emit(f)
}

// uidsOf returns the unique identifiers of messages, if all of them are known.
func (b *Mailbox) uidsOf(set syntax.Sequence) (uids syntax.Sequence, ok bool) {
	const most = 1 << 10
	numbers := members(set, most)
	list := make([]uint32, len(numbers))
	for i, n := range numbers {
		if list[i], ok = b.UID(n); !ok {
			return nil, false
		}
	}
	return sequenceOf(list), len(list) > 0
}

// count returns the number of messages in a set, as far as it is known: no more than there
// are. A range of identifiers may have gaps.
func (b *Mailbox) count(set syntax.Sequence) uint32 {
	n := uint64(0)
	for _, r := range normal(set) {
		n += uint64(r.Last) - uint64(r.First) + 1
	}
	return uint32(min(n, uint64(b.Exists)))
}

// without returns a set without the messages of another one, if both are of the same kind
// and not large.
func without(set, other syntax.Sequence, same bool) syntax.Sequence {
	const most = 1 << 12
	list := members(set, most)
	if !same || list == nil {
		return set
	}
	left := list[:0]
	for _, n := range list {
		if !other.Contains(n) {
			left = append(left, n)
		}
	}
	return sequenceOf(left)
}

// marksSeen reports whether a FETCH marks the messages that it names as seen, because it
// reads their text.
func marksSeen(m *Input) bool {
	return own(m, protocol.Fetches) && m.Request != nil && MarksSeen(m.Request.Raw)
}

// MarksSeen reports whether a FETCH asks for text of messages, which marks them as seen if the
// mailbox is not opened read-only (RFC 3501, 6.4.5).
func MarksSeen(request []byte) bool {
	rest := request
	for {
		var w []byte
		if w, rest = wire.Word(rest); len(w) == 0 {
			return false
		}
		w = bytes.Trim(w, "()")
		if i := bytes.IndexByte(w, '['); i >= 0 {
			w = append(bytes.Clone(w[:i]), "[]"...)
		}
		if row := protocol.Lookup(protocol.FetchItem, w); row != nil && row.Reads {
			return true
		}
	}
}
