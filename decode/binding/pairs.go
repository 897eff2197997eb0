package binding

import (
	"slices"

	"imapscope/decode/syntax"
)

// pair is what two servers call the same message.
type pair struct {
	then, now uint32
	expected  bool // the next message would be called so
}

// noMessage is an identifier that no message has in practice: identifiers are assigned in
// ascending order.
const noMessage = syntax.Star - 1

// pairs are the unique identifiers of the messages of one mailbox: one-to-one and ascending
// on both sides, as a mailbox's are (RFC 3501, section 2.3.1.1).
type pairs []pair

// at returns the index of the first pair whose recorded value is at least then.
func (p pairs) at(then uint32) int {
	i, _ := slices.BinarySearchFunc(p, then, func(x pair, then uint32) int { return cmpNumber(x.then, then) })
	return i
}

// atNow is at for the other side.
func (p pairs) atNow(now uint32) int {
	i, _ := slices.BinarySearchFunc(p, now, func(x pair, now uint32) int { return cmpNumber(x.now, now) })
	return i
}

func cmpNumber(a, b uint32) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// add adds a pair. It reports false if that contradicts one that is known.
func (p *pairs) add(then, now uint32) bool {
	if then == 0 || now == 0 {
		return false
	}
	i := p.at(then)
	if p.contradicts(i, then, now) {
		j := len(*p)
		*p = slices.DeleteFunc(*p, func(x pair) bool { return x.expected })
		i = p.at(then)
		if j == len(*p) || p.contradicts(i, then, now) {
			return false
		}
	}
	if i < len(*p) && (*p)[i].then == then {
		(*p)[i].expected = false
		return true
	}
	*p = slices.Insert(*p, i, pair{then: then, now: now})
	return true
}

// contradicts reports whether a pair at an index would not be one-to-one and ascending.
func (p pairs) contradicts(i int, then, now uint32) bool {
	if i < len(p) && p[i].then == then {
		return p[i].now != now
	}
	return i > 0 && p[i-1].now >= now || i < len(p) && p[i].now <= now
}

// expect adds what the next message would be called, unless that contradicts what is known. It
// reports false if it is not above the identifiers of all messages, as it was.
func (p *pairs) expect(then, now uint32) bool {
	if i := p.at(then); i == len(*p) && i > 0 && (*p)[i-1].now >= now && !(*p)[i-1].expected {
		return false
	}
	if i := p.at(then); then > 0 && now > 0 && !p.contradicts(i, then, now) && (i == len(*p) || (*p)[i].then != then) {
		*p = slices.Insert(*p, i, pair{then, now, true})
	}
	return true
}

// forward returns what the server now calls a message. Bound is false for one that has no
// pair: it stays after the last known one if it was, and otherwise keeps its identifier,
// unless another message has that now.
func (p pairs) forward(then uint32) (now uint32, bound bool) {
	if then == syntax.Star || then == 0 {
		return then, true
	}
	i := p.at(then)
	if i < len(p) && p[i].then == then {
		return p[i].now, true
	}
	if i == len(p) && i > 0 {
		return p.beyond(then), false
	}
	if k := p.atNow(then); k < len(p) && p[k].now == then {
		return noMessage, false
	}
	return then, false
}

// beyond returns an identifier after the last known one: it is as far from it as it was.
func (p pairs) beyond(then uint32) uint32 {
	last := p[len(p)-1]
	return uint32(min(uint64(last.now)+uint64(then-last.then), noMessage))
}

// span returns what the messages of a range are called now, low at most high.
func (p pairs) span(low, high uint32) (from, to uint32, bound bool) {
	if len(p) == 0 {
		return low, high, false
	}
	i, j := p.at(low), p.at(high)
	if j == len(p) || p[j].then > high {
		j-- // the last one in the range
	}
	switch {
	case i <= j: // some known messages are in it
		from, to = p[i].now, p[j].now
		if low == 1 { // the first identifier that there can be
			from = 1
		}
		if high == syntax.Star {
			to = high
		} else if j == len(p)-1 && high > p[j].then {
			to = p.beyond(high)
		}
		return from, to, true
	case i == len(p):
		if high == syntax.Star {
			return p.beyond(low), high, true
		}
		return p.beyond(low), p.beyond(high), true
	}
	var before pair // nothing has this identifier
	if i > 0 {
		before = p[i-1]
	}
	from, to = between(before, p[i], low), between(before, p[i], high)
	if high+1 == p[i].then { // all of them
		to = p[i].now - 1
		bound = low == 1 // those of the whole mailbox, if the next is expected
	}
	if to <= before.now || to >= p[i].now {
		return noMessage, noMessage, false
	}
	return from, to, bound
}

// between returns an identifier between two that are known: it is as far from the first as it
// was, if there is room.
func between(a, b pair, then uint32) uint32 {
	return uint32(min(uint64(a.now)+uint64(then-a.then), uint64(b.now)-1))
}

// set returns what the messages of a set are called now, and those of its numbers that no
// pair bounds.
func (p pairs) set(s syntax.Sequence) (out syntax.Sequence, loose []uint32) {
	for _, r := range s {
		low, high := r.Bounds()
		if low == high {
			now, bound := p.forward(low)
			if !bound {
				loose = append(loose, low)
			}
			out = append(out, syntax.Range{First: now, Last: now})
			continue
		}
		from, to, bound := p.span(low, high)
		if !bound && low > 1 {
			loose = append(loose, low)
		}
		if !bound && high < syntax.Star {
			loose = append(loose, high)
		}
		if r.First > r.Last {
			from, to = to, from
		}
		out = append(out, syntax.Range{First: from, Last: to})
	}
	return out, loose
}

// back returns what the recording calls a message of the server. A message that the
// recording shows nothing of gets an identifier that is free there, and keeps it.
func (p *pairs) back(now uint32) uint32 {
	if now == syntax.Star || now == 0 || len(*p) == 0 {
		return now
	}
	i := p.atNow(now)
	if i < len(*p) && (*p)[i].now == now {
		return (*p)[i].then
	}
	var then uint32
	switch {
	case i > 0:
		last := (*p)[i-1]
		then = uint32(min(uint64(last.then)+uint64(now-last.now), noMessage))
	case (*p)[0].then > (*p)[0].now-now:
		then = (*p)[0].then - ((*p)[0].now - now)
	default:
		then = 1
	}
	if i < len(*p) && then >= (*p)[i].then { // there is less room
		then = (*p)[i].then - 1
	}
	if !p.add(then, now) {
		return now
	}
	return then
}

// backSet returns what the recording calls the messages of a set, which the server assigned:
// each is known by itself.
func (p *pairs) backSet(s syntax.Sequence) syntax.Sequence {
	var out syntax.Sequence
	for _, r := range s {
		low, high := r.Bounds()
		if high == syntax.Star || high-low > maxListed {
			out = append(out, syntax.Range{First: p.back(low), Last: p.back(high)})
			continue
		}
		for u := low; u <= high; u++ {
			v := p.back(u)
			if k := len(out) - 1; k >= 0 && u > low && out[k].Last+1 == v {
				out[k].Last = v
				continue
			}
			out = append(out, syntax.Range{First: v, Last: v})
		}
	}
	return out
}

// maxListed is the length of the longest range whose numbers are listed.
const maxListed = 1 << 16

// list returns the numbers of a set in their order, the smaller end of a range first;
// nil if there are too many, or it has no end.
func list(s syntax.Sequence) []uint32 {
	var out []uint32
	for _, r := range s {
		low, high := r.Bounds()
		if high == syntax.Star || high-low > maxListed || len(out) > maxListed {
			return nil
		}
		for u := low; u <= high; u++ {
			out = append(out, u)
		}
	}
	return out
}

// marks are mod-sequences: counters that grow on both sides, although not in step
// (RFC 7162, section 3.1).
type marks []mark

type mark struct{ then, now uint64 }

// add adds what two servers called the same state.
func (m *marks) add(then, now uint64) {
	i, found := m.at(then)
	if found {
		(*m)[i].now = max((*m)[i].now, now)
		return
	}
	*m = slices.Insert(*m, i, mark{then, now})
}

func (m marks) at(then uint64) (int, bool) {
	return slices.BinarySearchFunc(m, then, func(x mark, then uint64) int {
		switch {
		case x.then < then:
			return -1
		case x.then > then:
			return 1
		}
		return 0
	})
}

// forward returns the mod-sequence that separates the same changes now: that of the last
// known change that is not after then. It reports bound as false if there is none.
func (m marks) forward(then uint64) (now uint64, bound bool) {
	if then == 0 {
		return 0, true
	}
	i, found := m.at(then)
	if found {
		i++
	}
	for _, x := range m[:i] {
		now = max(now, x.now)
	}
	switch {
	case i > 0:
		return now, true
	case len(m) > 0:
		return max(m[0].now, 2) - 1, true // before the first
	}
	return then, false
}
