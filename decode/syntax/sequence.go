package syntax

import (
	"bytes"
	"math"
	"strconv"
)

// Star is "*", IMAP4's name for the last message.
const Star = math.MaxUint32

// Range is all numbers from First to Last. It may run backwards, as on the wire:
// "5:2" (some servers refuse that).
type Range struct{ First, Last uint32 }

// Bounds returns the range forwards.
func (r Range) Bounds() (low, high uint32) { return min(r.First, r.Last), max(r.First, r.Last) }

// Sequence is a set of message numbers (RFC 1176, "Conventions", p. 10).
type Sequence []Range

// ReadSequence reads a sequence, or a single number. Parts that are not
// numbers are left out, and what is larger than a number can be is Star.
func ReadSequence(n *Node, raw []byte) Sequence {
	if n == nil || n.Kind != KindSequence && n.Kind != KindNumber {
		return nil
	}
	return ParseSequence(n.Bytes(raw))
}

// ParseSequence reads a sequence from its bytes, as ReadSequence does. The
// formal syntax allows 1:3:5 (p. 28), which is defined nowhere: it is read as 1:3
// and 3:5.
func ParseSequence(b []byte) Sequence {
	var s Sequence
	for len(b) > 0 {
		var part []byte
		part, b, _ = bytes.Cut(b, []byte(","))
		first, rest, more := bytes.Cut(part, []byte(":"))
		from, ok := messageNumber(first)
		if !ok {
			continue
		}
		if !more {
			s = append(s, Range{from, from})
		}
		for more {
			var last []byte
			last, rest, more = bytes.Cut(rest, []byte(":"))
			to, ok := messageNumber(last)
			if !ok {
				break
			}
			s = append(s, Range{from, to})
			from = to
		}
	}
	return s
}

func messageNumber(b []byte) (uint32, bool) {
	if len(b) == 1 && b[0] == '*' {
		return Star, true
	}
	if !isNumber(b) {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b), 10, 32)
	if err != nil {
		return Star, true
	}
	return uint32(v), true
}

// Contains reports whether n is in the set. A range that ends in Star contains
// all numbers from its other end on; Star alone may be any number, and is
// ignored.
func (s Sequence) Contains(n uint32) bool {
	for _, r := range s {
		if low, high := r.Bounds(); low <= n && n <= high {
			return true
		}
	}
	return false
}

// String returns the sequence in its wire form.
func (s Sequence) String() string { return string(s.AppendTo(nil)) }
