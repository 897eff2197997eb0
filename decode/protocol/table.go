package protocol

import (
	"iter"
	"slices"
	"strings"

	"imapscope/decode/ascii"
)

// rows holds all rows, RFC 1176's first, in the RFCs' order.
var rows = slices.Concat(
	rfc1176, rfc1203, rfc1730, rfc1731, rfc1732, rfc2060, rfc2061, rfc2086, rfc2087, rfc2088, rfc2177, rfc2193, rfc2195, rfc2221, rfc2342,
	rfc2831, rfc2971, rfc3348, rfc3501, rfc3502, rfc3503, rfc3516, rfc3691, rfc4314, rfc4315, rfc4422, rfc4466, rfc4467,
	rfc4469, rfc4505, rfc4551, rfc4731, rfc4752, rfc4959, rfc4978, rfc5032, rfc5161, rfc5162, rfc5182, rfc5255, rfc5256,
	rfc5257, rfc5258, rfc5259, rfc5267, rfc5464, rfc5465, rfc5466, rfc5530, rfc5550, rfc5738, rfc5788, rfc5802, rfc5819, rfc5957,
	rfc6154, rfc6203, rfc6237, rfc6785, rfc6851, rfc6855, rfc7628, rfc7677, rfc7888, rfc7889, rfc8437, rfc8438, rfc8440,
	rfc8457, rfc8474, rfc8508, rfc8514, rfc8970, rfc9051, rfc9208, rfc9394, vendor,
)

// tables holds the rows by kind and name.
var tables = func() *[numKinds]table {
	var n [numKinds]int
	for i := range rows {
		n[rows[i].Kind]++
	}
	t := new([numKinds]table)
	for k := range t {
		t[k].rows, t[k].entries = make([]*Row, 0, n[k]), make([]entry, 0, n[k])
	}
	for i := range rows {
		t[rows[i].Kind].rows = append(t[rows[i].Kind].rows, &rows[i])
	}
	for i := range slices.Backward(rows) { // the first ones, which are common, are found first
		t[rows[i].Kind].add(&rows[i])
	}
	return t
}()

// table holds the rows of one kind.
type table struct {
	rows    []*Row
	entries []entry
	buckets [numBuckets]uint16 // the first entry of each, counted from 1; 0 if it is empty
}

// entry is a row with its name in upper case.
type entry struct {
	name string
	row  *Row
	next uint16 // the next entry of its bucket, or 0
}

const numBuckets = 256

func (t *table) add(r *Row) {
	name := strings.ToUpper(r.Name)
	b := &t.buckets[bucket(name)]
	t.entries = append(t.entries, entry{name, r, *b})
	*b = uint16(len(t.entries))
}

// bucket returns the bucket of a name, ignoring case. It reads three bytes of the name,
// which distinguish nearly all names.
func bucket[T string | []byte](name T) uint8 {
	if len(name) == 0 {
		return 0
	}
	const fold = 0x20 // of letters, the case
	return uint8(len(name))*37 + (name[0] | fold) + 3*(name[len(name)-1]|fold) + 7*(name[len(name)/2]|fold)
}

// find returns the row with a name, ignoring case, or nil.
func find[T string | []byte](t *table, name T) *Row {
	for i := t.buckets[bucket(name)]; i != 0; {
		e := &t.entries[i-1]
		if string(name) == e.name || ascii.EqualFold(e.name, name) {
			return e.row
		}
		i = e.next
	}
	return nil
}

// SameName reports whether a word is a name, ignoring case.
func SameName(word []byte, is string) bool { return ascii.EqualFold(word, is) }

// maxName is greater than the length of any name.
const maxName = 64

// Lookup returns the row of a word of a kind, or nil. Letter case does not matter; nor
// do the brackets of a response code. A fetch item or a property with a section that has
// no row of its own, such as "BODY[1]<0>", has the row with an empty section: "BODY[]".
// A capability of a family, such as "RIGHTS=kx", has the family's row: "RIGHTS=".
// Lookup does not allocate.
func Lookup[T string | []byte](k Kind, name T) *Row {
	if k >= numKinds {
		return nil
	}
	t := &tables[k]
	switch k {
	case FetchItem, Property:
		if r := find(t, name); r != nil {
			return r
		}
		return findSection(t, name)
	case Capability:
		if r := find(t, name); r != nil {
			return r
		}
		return findFamily(t, name)
	case Code:
		if n := len(name); n > 1 && name[0] == '[' && name[n-1] == ']' {
			name = name[1 : n-1]
		}
	}
	return find(t, name)
}

// Inverse returns the search key in a name that begins with IMAP3's ~, which means its
// logical inverse, and true; or the name itself (RFC 1203, "Commands": SEARCH, p. 21).
func Inverse[T string | []byte](name T) (key T, inverse bool) {
	if len(name) > 1 && name[0] == '~' {
		return name[1:], true
	}
	return name, false
}

// findSection returns the row of "NAME[]" for a name such as "NAME[1]", or nil.
func findSection[T string | []byte](t *table, name T) *Row {
	for i := range min(len(name), maxName) {
		if name[i] == '[' {
			var buf [maxName + 2]byte
			return find(t, append(append(buf[:0], name[:i]...), "[]"...))
		}
	}
	return nil
}

// findFamily returns the row of "NAME=" for a name such as "NAME=VALUE", or nil.
func findFamily[T string | []byte](t *table, name T) *Row {
	for i := range min(len(name), maxName) {
		if name[i] == '=' {
			return find(t, name[:i+1])
		}
	}
	return nil
}

// LookupCommand returns the row of a command by its first two words: the row for both,
// as in "UID FETCH" and "FIND MAILBOXES", if there is one, else the row for the first,
// or nil. It does not allocate.
func LookupCommand(first, second []byte) *Row {
	r := find(&tables[Command], first)
	if r == nil || !r.Group {
		return r
	}
	if sub := LookupPair(first, second); sub != nil {
		return sub
	}
	return r
}

// LookupPair returns the row of a command with a two-word name, or nil. It does not
// allocate.
func LookupPair(first, second []byte) *Row {
	n := len(first) + 1 + len(second)
	if len(second) == 0 || n > maxName {
		return nil
	}
	var buf [maxName]byte
	return find(&tables[Command], append(append(append(buf[:0], first...), ' '), second...))
}

// LookupName returns the row of a command by the name that a transaction has, or nil. A
// prefix before a command without a row for both, as in "UID LOGIN", is ignored.
func LookupName(name string) *Row {
	if r := find(&tables[Command], name); r != nil {
		return r
	}
	first, second, ok := strings.Cut(name, " ")
	if r := find(&tables[Command], first); ok && r != nil && r.Prefix {
		return find(&tables[Command], second)
	}
	return nil
}

// ShowsOf returns the parts of a message that a fetch item or property shows. A section
// without a row of its own shows nothing that is tracked.
func ShowsOf[T string | []byte](name T) Shows {
	if r := find(&tables[Property], name); r != nil {
		return r.Shows
	}
	if r := find(&tables[FetchItem], name); r != nil {
		return r.Shows
	}
	return 0
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

// Words is the vocabulary that a wire.Framer resynchronizes with: the words that begin a
// message.
type Words struct{}

// Command reports whether verb is the first word of a command. The words of IMAP3 are none:
// after a loss, FLAGS is far more often an item of FETCH.
func (Words) Command(verb []byte) bool {
	r := find(&tables[Command], verb)
	return r != nil && !r.NoTag && r.Dialect != IMAP3
}

// Bare reports whether word is a complete client line without a tag: DONE.
func (Words) Bare(word []byte) bool {
	r := find(&tables[Command], word)
	return r != nil && r.NoTag
}

// Data reports whether word names an untagged response, with or without a message number
// before it.
func (Words) Data(word []byte, numbered bool) bool {
	r := find(&tables[Response], word)
	return r != nil && r.Numbered == numbered
}
