package diff

import (
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// figure is a number that a server reports about a mailbox: with STATUS, or in a code about the
// selected one.
type figure struct {
	mailbox string // empty: the selected one
	effect  protocol.Effect
	value   uint64
}

func (r *reader) figure(f figure) {
	switch f.effect {
	case protocol.GivesMessages, protocol.GivesUIDNext, protocol.GivesUIDValidity, protocol.GivesHighestModSeq:
		r.figures = append(r.figures, f)
	}
}

// side is what a client knows from one of the servers.
type side struct {
	boxes map[string]*box
	box   *box // that is selected, or nil
	facts int  // of messages, in all
	// loose reports whether messages came or went outside any command: then it is not known when, and
	// what the numbers of messages mean.
	loose bool
}

// box is what is known of a mailbox.
type box struct {
	messages []*message // of the selected one, by number
	counted  bool
	count    uint64 // messages, if counted
	next     uint64 // UIDNEXT; 0: not known
	validity uint64
	highest  uint64 // mod-sequence
}

// message is what is known of a message, by property.
type message struct{ properties map[string]*fact }

// Limits of what is known of one server.
const (
	maxBoxes    = 4096
	maxMessages = 1 << 16 // of the selected mailbox
	maxKnown    = 1 << 18 // facts about its messages
)

// named returns a mailbox by its name.
func (s *side) named(name string) *box {
	if strings.EqualFold(name, protocol.Inbox) {
		name = protocol.Inbox
	}
	b := s.boxes[name]
	if b == nil {
		b = new(box)
		if s.boxes == nil {
			s.boxes = make(map[string]*box)
		}
		if len(s.boxes) < maxBoxes {
			s.boxes[name] = b
		}
	}
	return b
}

// known returns what is known of a message's property; nil if nothing is.
func (s *side) known(number uint64, property string) *fact {
	if s.box == nil || number == 0 || number > uint64(len(s.box.messages)) {
		return nil
	}
	if m := s.box.messages[number-1]; m != nil {
		return m.properties[property]
	}
	return nil
}

// counts reports whether it is known how many messages the selected mailbox has.
func (s *side) counts() bool { return s.box != nil && s.box.counted }

// left returns how many messages there are after those that an exchange reports as removed.
func (s *side) left(r *reader) uint64 {
	return s.box.count - min(s.box.count, uint64(len(r.expunged))+r.lost)
}

// beyond reports whether there is no message with a number.
func (s *side) beyond(number uint64) bool {
	return s.box != nil && s.box.counted && number > s.box.count
}

// enter selects the mailbox of a command, before what its answer says is learned. A mailbox that
// could not be selected leaves none selected (RFC 3501, 6.3.1, p. 33).
func (s *side) enter(r *reader) {
	if !r.row.Does(protocol.Selects) {
		return
	}
	s.leave()
	if name := r.requested(protocol.RoleMailbox, protocol.RoleBBoard); r.succeeded() && !s.loose {
		s.box = s.named(name)
	}
}

// leave leaves the selected mailbox: messages have other numbers the next time.
func (s *side) leave() {
	if s.box != nil {
		s.box.messages, s.facts = nil, 0
	}
	s.box = nil
}

// requested returns the first argument of the command with one of some roles.
func (r *reader) requested(roles ...protocol.Role) string {
	for _, role := range roles {
		if r.tree == nil {
			break
		}
		if n := r.tree.FindRole(role); n != nil {
			return string(n.Value(r.raw))
		}
	}
	return ""
}

func (r *reader) succeeded() bool { return protocol.StatusEffect(r.status) == protocol.Succeeds }

// learn adds what an exchange says. What is outside any command could have come at any time.
func (s *side) learn(r *reader, outside bool) {
	if outside {
		s.loose = s.loose || len(r.expunged) > 0 || r.lost > 0 || r.exists.word != ""
		return
	}
	for _, f := range r.figures {
		b := s.box
		if f.mailbox != "" {
			b = s.named(f.mailbox)
		}
		if b != nil {
			b.figure(f, f.mailbox == "")
		}
	}
	if s.box != nil {
		s.describe(r)
		if r.row.Does(protocol.Stores) && r.succeeded() {
			s.stored(r)
		}
		s.remove(r)
		s.box.countAs(r)
	}
	if r.row.Does(protocol.Deselects) && r.succeeded() {
		s.leave()
	}
}

// figure learns a number. How many messages there are STATUS says only about mailboxes that are not
// selected.
func (b *box) figure(f figure, selected bool) {
	switch f.effect {
	case protocol.GivesMessages:
		if !selected {
			b.counted, b.count = true, f.value
		}
	case protocol.GivesUIDNext:
		b.next = f.value
	case protocol.GivesUIDValidity:
		b.validity = f.value
	case protocol.GivesHighestModSeq:
		b.highest = max(b.highest, f.value)
	}
}

// describe learns the properties of messages, which have the numbers that they had before the
// exchange.
func (s *side) describe(r *reader) {
	for _, f := range r.list {
		if f.message == 0 || f.message > maxMessages {
			continue
		}
		if n := int(f.message) - len(s.box.messages); n > 0 {
			s.box.messages = append(s.box.messages, make([]*message, n)...)
		}
		m := s.box.messages[f.message-1]
		if m == nil {
			m = &message{properties: make(map[string]*fact)}
			s.box.messages[f.message-1] = m
		}
		if _, old := m.properties[f.property]; !old {
			if s.facts >= maxKnown {
				continue
			}
			s.facts++
		}
		m.properties[f.property] = f
		if f.shows&protocol.ShowsModSeq != 0 {
			s.box.highest = max(s.box.highest, f.number)
		}
	}
}

// remove gives the messages behind those that were removed lower numbers.
func (s *side) remove(r *reader) {
	for _, e := range r.expunged {
		if 0 < e && e <= uint64(len(s.box.messages)) {
			s.box.messages = slices.Delete(s.box.messages, int(e)-1, int(e))
		}
	}
	if r.lost > 0 { // by unique identifiers, some of which may not be known
		s.vanish(r.vanished)
	}
}

// vanish removes messages by unique identifier. Those behind one whose identifier is not known could
// have any number.
func (s *side) vanish(uids syntax.Sequence) {
	left := s.box.messages[:0]
	for _, m := range s.box.messages {
		uid := m.uid()
		if uid == 0 {
			break
		}
		if !uids.Contains(uint32(uid)) {
			left = append(left, m)
		}
	}
	s.box.messages = left
}

// uid returns the unique identifier of a message; 0 if it is not known.
func (m *message) uid() uint64 {
	if m == nil {
		return 0
	}
	for _, f := range m.properties {
		if f.shows&protocol.ShowsUniqueID != 0 {
			return f.number
		}
	}
	return 0
}

// countAs learns how many messages there are after an exchange.
func (b *box) countAs(r *reader) {
	if r.exists.word != "" {
		b.counted, b.count = true, r.exists.n
		return
	}
	b.count -= min(b.count, uint64(len(r.expunged))+r.lost)
}

// stored learns the flags that a command set without a report: the client knows them (RFC 3501, 6.4.6,
// p. 58).
func (s *side) stored(r *reader) {
	store := r.store()
	if store == nil {
		return
	}
	for i, m := range s.box.messages {
		number := uint64(i) + 1
		if m == nil || r.subjects[subjectOf(number)] > 0 {
			continue // nothing is known of it, or the server has said what its flags are
		}
		for name, f := range m.properties {
			if f.shows&protocol.ShowsFlags != 0 && store.contains(number, m) {
				m.properties[name] = f.withFlags(store)
			}
		}
	}
}

// expects returns what the client of a server expects of a property that an exchange with it did not
// report; nil if it knows nothing.
func (s *side) expects(r *reader, g *fact) *fact {
	f := s.known(g.message, g.property)
	if f == nil || f.shows&protocol.ShowsFlags == 0 || !r.row.Does(protocol.Stores) || !r.succeeded() {
		return f
	}
	if store := r.store(); store != nil && store.contains(g.message, s.box.messages[g.message-1]) {
		return f.withFlags(store)
	}
	return f
}

// repeats reports whether a property that an exchange reports is what the client knew from the same
// server.
func (s *side) repeats(r *reader, g *fact) bool {
	f := s.expects(r, g)
	return f != nil && f.latest == g.value
}

// store is what a STORE does to the flags of messages.
type store struct {
	effect   protocol.Effect
	flags    []string
	messages syntax.Sequence
	uid      bool // they are unique identifiers
}

// store returns what the command stores; nil if that cannot be read.
func (r *reader) store() *store {
	if r.tree == nil {
		return nil
	}
	item, role := r.tree.Find(syntax.KindStoreAtt), protocol.RoleMessageNumber
	if r.row.UID {
		role = protocol.RoleUID
	}
	messages := r.tree.FindRole(role)
	if item == nil || messages == nil || len(item.Kids) == 0 {
		return nil
	}
	return &store{
		effect:   effectOf(protocol.Lookup(protocol.StoreItem, item.Kids[0].Bytes(r.raw))),
		flags:    syntax.ReadFlags(item, r.raw),
		messages: syntax.ReadSequence(messages, r.raw),
		uid:      r.row.UID,
	}
}

// contains reports whether a message is one of those, or could be.
func (x *store) contains(number uint64, m *message) bool {
	if x.uid {
		number = m.uid()
	}
	return number == 0 || x.messages.Contains(uint32(number))
}

// withFlags returns the flags of a message after a command.
func (f *fact) withFlags(x *store) *fact {
	g := *f
	now := strings.Fields(f.latest)
	switch x.effect {
	case protocol.SetsFlags:
		now = x.flags
	case protocol.AddsFlags:
		now = append(now, x.flags...)
	case protocol.RemovesFlags:
		now = slices.DeleteFunc(now, func(w string) bool {
			return slices.ContainsFunc(x.flags, func(y string) bool { return strings.EqualFold(y, w) })
		})
	}
	g.value, g.shown = set(now)
	g.latest = g.value
	return &g
}
