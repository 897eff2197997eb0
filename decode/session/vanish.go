package session

import (
	"cmp"
	"slices"

	"imapscope/decode/syntax"
)

// vanish removes the messages with these unique identifiers: each makes the mailbox one
// smaller (RFC 7162, "3.2.10.2. VANISHED Response without the (EARLIER) Tag", p. 37).
// Their numbers are not said, so what was known by number is forgotten.
func (b *Mailbox) vanish(uids syntax.Sequence) {
	gone := members(uids)
	if gone == 0 {
		return
	}
	known, left := b.Known, b.Exists-uint32(min(gone, uint64(b.Exists)))
	b.exists(0)
	b.Known, b.Exists = known, left
}

// members returns how many numbers are in a set. One that is in several ranges counts once.
func members(s syntax.Sequence) uint64 {
	ranges := slices.Clone(s)
	for i, r := range ranges {
		ranges[i].First, ranges[i].Last = r.Bounds()
	}
	slices.SortFunc(ranges, func(a, b syntax.Range) int { return cmp.Compare(a.First, b.First) })
	total, next := uint64(0), uint64(0) // next: the first number that is not counted yet
	for _, r := range ranges {
		if first, end := max(uint64(r.First), next), uint64(r.Last)+1; first < end {
			total, next = total+end-first, end
		}
	}
	return total
}
