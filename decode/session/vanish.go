package session

import (
	"cmp"
	"slices"

	"imapscope/decode/syntax"
)

// vanish removes the messages with these unique identifiers: each makes the mailbox one
// smaller (RFC 7162, "3.2.10.2. VANISHED Response without the (EARLIER) Tag", p. 37).
// Their numbers are not said. They follow from the identifiers that are known; where they do
// not, nothing is known any more of the messages that may be meant.
func (b *Mailbox) vanish(uids syntax.Sequence) {
	ranges := normal(uids)
	for i := range ranges {
		b.vanishRange(ranges[len(ranges)-1-i]) // the last first: the others keep their numbers
	}
}

// vanishRange removes the messages of one range.
func (b *Mailbox) vanishRange(r syntax.Range) {
	count := uint64(r.Last) - uint64(r.First) + 1
	if n, ok := b.Number(r.First); ok {
		b.keepAround(n, n)
	}
	if n, ok := b.Number(r.Last); ok {
		b.keepAround(n, n)
	}
	var after uint32 // the numbers around the messages that are meant
	before := uint64(1) << 32
	if b.Known {
		before = uint64(b.Exists) + 1
	}
	if m := b.messages.toUID(r.First - 1); m != nil && r.First > 1 {
		after = m.Number
	}
	if r.Last < syntax.Star {
		if m := b.messages.fromUID(r.Last + 1); m != nil {
			before = uint64(m.Number)
		}
	}
	if before <= uint64(after) { // not in ascending order: any of them may be meant
		after, before = 0, max(uint64(b.Exists)+1, before)
	}
	gone := uint32(min(count, before-uint64(after)-1))
	b.messages.drop(after, before, gone)
	for _, n := range [...]*uint32{&b.next, &b.promised.number} {
		switch next := uint64(*n); {
		case next >= before:
			*n -= gone
		case next > uint64(after):
			*n = 0
		}
	}
	if r.Last < syntax.Star {
		b.gone.add(r)
	}
	b.Exists -= min(gone, b.Exists)
}

// normal returns the ranges of a set forwards, in order, without what overlaps.
func normal(s syntax.Sequence) syntax.Sequence {
	ranges := slices.Clone(s)
	for i, r := range ranges {
		ranges[i].First, ranges[i].Last = r.Bounds()
	}
	slices.SortFunc(ranges, func(a, b syntax.Range) int { return cmp.Compare(a.First, b.First) })
	out := ranges[:0]
	for _, r := range ranges {
		r.First = max(r.First, 1) // no message has 0
		if n := len(out); n > 0 && uint64(r.First) <= uint64(out[n-1].Last)+1 {
			out[n-1].Last = max(out[n-1].Last, r.Last)
			continue
		}
		if r.First <= r.Last {
			out = append(out, r)
		}
	}
	return out
}
