package diff

import (
	"fmt"
	"maps"
	"slices"

	"imapscope/decode/protocol"
)

// contradict adds where the second server contradicts itself and the first does not, by path.
func (x *pair) contradict(then, now map[string]string) {
	for _, path := range slices.Sorted(maps.Keys(now)) {
		if _, both := then[path]; both {
			continue
		}
		shown := "as before"
		if f, ok := x.a.get(path); ok {
			shown = f.shown
		}
		x.out = slices.DeleteFunc(x.out, func(d Difference) bool { return d.Path == path })
		x.add(Difference{path, shown, now[path], true, true, Real})
	}
}

// contradictions returns what in an exchange contradicts what the same server said before, or
// itself, by path.
func (s *side) contradictions(r *reader) map[string]string {
	out := make(map[string]string)
	if r == nil || r.row == nil {
		return out
	}
	if s.box != nil {
		s.shrinks(r, out)
		s.marks(r, out)
	}
	s.outgrows(r, out)
	return out
}

// shrinks finds fewer messages than there are after those that were reported as removed (RFC 3501,
// 7.4.1, p. 73).
func (s *side) shrinks(r *reader, out map[string]string) {
	if r.exists.word == "" || !s.box.counted || r.row.Does(protocol.Selects) {
		return
	}
	if gone := uint64(len(r.expunged)) + r.lost; r.exists.n < s.left(r) {
		out[r.exists.word] = fmt.Sprintf("%d, although there were %d, and %s", r.exists.n, s.box.count, removed(gone))
	}
}

// marks finds mod-sequences that fall, and those of a FETCH that are above the highest one of the
// mailbox, which no command has changed since (RFC 7162, sections 3.1 and 3.1.2.1).
func (s *side) marks(r *reader, out map[string]string) {
	for _, f := range r.list {
		if f.message == 0 || f.shows&protocol.ShowsModSeq == 0 || f.number == 0 {
			continue
		}
		known := s.known(f.message, f.property)
		switch {
		case known != nil && f.number < known.number:
			out[f.path] = fmt.Sprintf("%d, although it was %d", f.number, known.number)
		case r.row.Does(protocol.Fetches) && s.box.highest > 0 && f.number > s.box.highest:
			out[f.path] = fmt.Sprintf("%d, although the highest of the mailbox was %d", f.number, s.box.highest)
		}
	}
}

// outgrows finds mailboxes whose UIDNEXT is too low, for as many messages as there are, or for
// those that came since it was reported last (RFC 3501, 2.3.1.1, p. 9), and those that have fewer
// messages than before.
func (s *side) outgrows(r *reader, out map[string]string) {
	now := make(map[string]*box)
	of := func(mailbox string) *box {
		if now[mailbox] == nil {
			now[mailbox] = new(box)
		}
		return now[mailbox]
	}
	for _, f := range r.figures {
		b := of(f.mailbox)
		b.figure(f, false)
	}
	if r.exists.word != "" && r.row.Does(protocol.Selects) {
		b := of("")
		b.counted, b.count = true, r.exists.n
	}
	for mailbox, b := range now {
		old, path := s.box, r.exists.word
		if mailbox != "" {
			old, path = s.named(mailbox), r.subjectAbout(mailbox)
		}
		if path != "" && b.counted {
			if why := b.contradicts(old); why != "" {
				out[path] = why
			}
		}
	}
}

// contradicts returns what in the figures of a mailbox contradicts each other, or those that were
// reported before; empty if nothing does. Without another UIDVALIDITY it is the same mailbox.
func (b *box) contradicts(old *box) string {
	if b.next > 0 && b.count >= b.next {
		return fmt.Sprintf("%d messages, although the next unique identifier is %d", b.count, b.next)
	}
	if old == nil || !old.counted || old.validity != b.validity && old.validity > 0 && b.validity > 0 {
		return ""
	}
	switch {
	case b.count < old.count:
		return fmt.Sprintf("%d messages, although there were %d, and %s", b.count, old.count, removed(0))
	case b.next > 0 && old.next > 0 && b.next >= old.next && b.count > old.count && b.next-old.next < b.count-old.count:
		rose := "is the same"
		if b.next > old.next {
			rose = fmt.Sprintf("rose from %d to %d only", old.next, b.next)
		}
		return fmt.Sprintf("%d messages, although there were %d, and the next unique identifier %s", b.count, old.count, rose)
	}
	return ""
}

// removed says how many messages were removed.
func removed(n uint64) string {
	switch n {
	case 0:
		return "none was removed"
	case 1:
		return "one was removed"
	}
	return fmt.Sprintf("%d were removed", n)
}

// subjectAbout returns the subject of the figures of a mailbox.
func (r *reader) subjectAbout(mailbox string) string {
	for _, f := range r.list {
		if f.about == mailbox && mailbox != "" {
			return f.path
		}
	}
	return ""
}
