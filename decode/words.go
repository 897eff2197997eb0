package decode

import (
	"bytes"
	"math"

	"imapscope/decode/ascii"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// maxWord bounds an unknown word that is treated as a command or a kind of data.
const maxWord = 64

// canonical returns word in upper case: the name of its row if it has one, which
// does not allocate.
func canonical(row *protocol.Row, word []byte) string {
	if row != nil {
		return row.Name
	}
	return upper(word)
}

// upper returns the beginning of an unknown word in upper case.
func upper(word []byte) string {
	var up [maxWord]byte
	return string(ascii.AppendUpper(up[:0], word[:min(len(word), maxWord)]))
}

// commandOf returns the name in upper case of the command that b begins with, its
// row, and the row of what it asks for: of FIND MAILBOXES where row is FIND's.
func commandOf(b []byte) (name string, row, asks *protocol.Row) {
	verb, rest := wire.Word(b)
	row = protocol.Lookup(protocol.Command, verb)
	if row == nil {
		if i := bytes.IndexByte(verb, '\t'); i >= 0 { // LOGIN<tab>fred<tab>secret
			if r := protocol.Lookup(protocol.Command, verb[:i]); r != nil {
				return r.Name, r, r
			}
		}
		return upper(verb), nil, nil
	}
	second, _ := wire.Word(rest)
	if !row.Group || len(second) == 0 {
		return row.Name, row, row
	}
	sub := protocol.LookupPair(verb, second)
	switch {
	case row.Prefix && sub != nil:
		return sub.Name, sub, sub
	case row.Prefix:
		sub = protocol.Lookup(protocol.Command, second)
		return row.Name + " " + upper(second[:min(len(second), maxWord-4)]), sub, sub
	case sub != nil:
		return row.Name, row, sub
	}
	return row.Name, row, row
}

// RowOf returns the row of a message of this kind and Word, or nil: what the Row of
// a Message is.
func RowOf(k Kind, word string) *protocol.Row {
	switch k {
	case Request:
		return protocol.LookupName(word)
	case Greeting, Untagged, Ready:
		return protocol.Lookup(protocol.Response, word)
	case Tagged:
		return protocol.Lookup(protocol.Completion, word)
	}
	return nil
}

// trimEOL removes the CRLF or LF at the end.
func trimEOL(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// parseNumber reads decimal digits; it reports false if b has anything else, or the number is too large.
func parseNumber(b []byte) (uint32, bool) {
	if len(b) == 0 || len(b) > maxDigits {
		return 0, false
	}
	n := uint64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return uint32(n), n <= 1<<32-1
}

// sequenceHas reports whether the sequence seq contains n. A range may run
// backwards; "*" (of IMAP4) may be any number.
func sequenceHas(seq []byte, n uint32) bool {
	for len(seq) > 0 {
		first, rest := number(seq)
		last, isRange := first, len(rest) > 0 && rest[0] == ':'
		if isRange {
			last, rest = number(rest[1:])
		}
		if between(n, first, last, isRange) {
			return true
		}
		i := bytes.IndexByte(rest, ',')
		if i < 0 {
			return false
		}
		seq = rest[i+1:]
	}
	return false
}

// A bound is a number of a sequence, or 0 to 2^32-1 if it is "*". It is empty if there is
// neither.
type bound struct{ low, high uint32 }

// number splits the bound that b begins with from b.
func number(b []byte) (bound, []byte) {
	n, i := uint64(0), 0
	for ; i < len(b) && i < maxDigits && '0' <= b[i] && b[i] <= '9'; i++ {
		n = n*10 + uint64(b[i]-'0')
	}
	rest := b[i:]
	switch {
	case i > 0 && n <= math.MaxUint32 && (len(rest) == 0 || rest[0] == ',' || rest[0] == ':'):
		return bound{uint32(n), uint32(n)}, rest
	case i == 0 && len(b) > 0 && b[0] == '*':
		return bound{0, math.MaxUint32}, b[1:]
	}
	for len(rest) > 0 && rest[0] != ',' && rest[0] != ':' {
		rest = rest[1:]
	}
	return bound{1, 0}, rest
}

// maxDigits is how many digits a number of 32 bits has at most.
const maxDigits = 10

func (b bound) none() bool { return b.low > b.high }
func (b bound) any() bool  { return b.low < b.high }

// between reports whether n may be in the range from x to y, in either order. A range
// between a number and "*" begins at the number.
func between(n uint32, x, y bound, isRange bool) bool {
	switch {
	case x.none() || y.none():
		return false
	case !isRange, !x.any() && !y.any():
		return min(x.low, y.low) <= n && n <= max(x.high, y.high)
	case x.any() && y.any():
		return true
	}
	return n >= max(x.low, y.low)
}
