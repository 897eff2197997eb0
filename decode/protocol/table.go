package protocol

import (
	"iter"
	"slices"
	"strings"
)

// rows are all there are, RFC 1176's first, in the RFCs' order.
var rows = slices.Concat(
	rfc1176, rfc1730, rfc1732, rfc2062, rfc2087, rfc2177, rfc2342, rfc2971, rfc3348, rfc3501, rfc3503,
	rfc3516, rfc3691, rfc4314, rfc4315, rfc4466, rfc4551, rfc4731, rfc4978, rfc5032, rfc5161, rfc5162,
	rfc5256, rfc5258, rfc5464, rfc5465, rfc5530, rfc5788, rfc6154, rfc6851, rfc8437, rfc8438, rfc8474,
	rfc8508, rfc8514, rfc8970, rfc9051,
)

// tables are the rows by kind, and by name within it.
var tables = func() (t [numKinds]table) {
	for i := range rows {
		r := &rows[i]
		k := &t[r.Kind]
		if k.byName == nil {
			k.byName = make(map[string]*Row)
		}
		k.rows = append(k.rows, r)
		k.byName[strings.ToUpper(r.Name)] = r
	}
	return t
}()

type table struct {
	rows   []*Row
	byName map[string]*Row
}

// maxName is longer than any name.
const maxName = 64

// Lookup returns the row of a word by what it is used as, or nil. Letter case
// does not matter; nor do the brackets of a response code, nor what a fetch item
// has between "[" and "]" or after it. It does not allocate.
func Lookup[T string | []byte](k Kind, name T) *Row {
	if len(name) > maxName || k >= numKinds {
		return nil
	}
	var buf [maxName + 2]byte
	b := buf[:0]
	for _, c := range []byte(name) {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c == '[' && (k == FetchItem || k == Property) {
			b = append(b, "[]"...)
			break
		}
		if k == Code && (c == '[' || c == ']') {
			continue
		}
		b = append(b, c)
	}
	return tables[k].byName[string(b)]
}

// LookupCommand returns the row of a command by its first two words: that of
// both, as in "UID FETCH" and "FIND MAILBOXES", if there is one, else that of the
// first, or nil. It does not allocate.
func LookupCommand(first, second []byte) *Row {
	if n := len(first) + 1 + len(second); len(second) > 0 && n <= maxName {
		var buf [maxName]byte
		b := append(append(append(buf[:0], first...), ' '), second...)
		if r := Lookup(Command, b); r != nil {
			return r
		}
	}
	return Lookup(Command, first)
}

// All returns every row, kind by kind.
func All() iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		for k := range tables {
			for _, r := range tables[k].rows {
				if !yield(r) {
					return
				}
			}
		}
	}
}

// Of returns every row of one kind, RFC 1176's first, in the RFCs' order.
func Of(k Kind) iter.Seq[*Row] {
	return func(yield func(*Row) bool) {
		if k >= numKinds {
			return
		}
		for _, r := range tables[k].rows {
			if !yield(r) {
				return
			}
		}
	}
}
