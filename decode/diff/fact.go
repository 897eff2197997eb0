package diff

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// fact is one piece of information in an exchange.
type fact struct {
	subject string // what it is about: "message 3"
	path    string // the subject and its property
	value   string // what is compared
	shown   string // the human-readable form

	// The variation it belongs to if both sides have it, and if only one does. A count
	// that grew is new mail; one that shrank is not.
	other   Variation
	missing Variation
	grows   bool
	number  uint64
	recent  bool // a flag list: only \Recent may come and go
	broken  bool // not in the expected form, which is never a variation
}

// differs returns the kind of difference between f, of the first side, and g.
func (f *fact) differs(g *fact) Variation {
	switch {
	case f.grows && g.number < f.number, f.broken != g.broken:
		return Real
	case f.recent && withoutRecent(f.value) == withoutRecent(g.value):
		return NewMail
	}
	return f.other
}

// facts holds the facts of an exchange in order, each path once: of repeated facts the
// last one counts.
type facts struct {
	list     []*fact
	byPath   map[string]*fact
	subjects map[string]int
	order    string // kinds of unsolicited data in the order received
	bytes    int    // of values that are kept
}

// Limits for one exchange. Facts beyond them are combined into one hash, so that two
// exchanges too large to compare are not reported as the same.
const (
	maxFacts = 50_000
	maxBytes = 16 << 20
)

func (f *facts) get(path string) (*fact, bool) {
	fa, ok := f.byPath[path]
	return fa, ok
}

func (f *facts) add(added fact) {
	if added.path == "" {
		added.path = added.subject
	}
	if added.shown == "" {
		added.shown = added.value
	}
	if old := f.byPath[added.path]; old != nil {
		*old = added
		return
	}
	if len(f.list) >= maxFacts || f.bytes > maxBytes {
		added = fact{subject: "the rest", path: "the rest", value: f.rest(added.value)}
		added.shown = "too much to be compared one by one"
		if old := f.byPath[added.path]; old != nil {
			*old = added
			return
		}
	}
	f.bytes += len(added.path) + len(added.value)
	p := &added
	f.list = append(f.list, p)
	f.byPath[added.path] = p
	f.subjects[added.subject]++
}

// rest adds a value to the hash of those that are not kept.
func (f *facts) rest(value string) string {
	before := ""
	if old := f.byPath["the rest"]; old != nil {
		before = old.value
	}
	sum := sha256.Sum256([]byte(before + value))
	return string(sum[:])
}

// summary describes a subject that the other side does not have.
func (f *facts) summary(subject string) string {
	var names []string
	for _, fa := range f.list {
		if fa.subject == subject {
			if fa.path == subject {
				return fa.shown
			}
			names = append(names, strings.TrimPrefix(fa.path, subject+" "))
		}
		if len(names) == 8 {
			return strings.Join(names, " ") + " …"
		}
	}
	return strings.Join(names, " ")
}

// least returns the variation of a subject that the other side does not have: Real if
// any of its facts is.
func (f *facts) least(subject string) Variation {
	v := variations
	for _, fa := range f.list {
		if fa.subject == subject {
			v = min(v, fa.missing)
		}
	}
	return v
}

// set returns words as a set, sorted and without duplicates: as they are compared, since
// letter case does not matter in flags and capabilities (RFC 1176, "Conventions", p. 10),
// and as they are shown.
func set(words []string) (value, shown string) {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(strings.ToUpper(a), strings.ToUpper(b)) })
	words = slices.CompactFunc(words, strings.EqualFold)
	shown = strings.Join(words, " ")
	return strings.ToUpper(shown), shown
}

func withoutRecent(flags string) string {
	words := strings.Fields(flags)
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return protocol.Lookup(protocol.Flag, w).Does(protocol.MarksRecent) }), " ")
}

// short is the length of the longest string that is shown unchanged.
const short = 80

// str returns a string as it is compared and as it is shown.
func str(b []byte) (value, shown string) {
	value = string(b)
	if len(b) <= short && !strings.ContainsAny(value, "\r\n") {
		return value, value
	}
	sum := sha256.Sum256(b)
	value = fmt.Sprintf("%d bytes, SHA-256 %x", len(b), sum[:8])
	return value, value
}

// norm returns a value in normal form: strings by their content, however written.
func norm(n *syntax.Node, raw []byte) (value, shown string) {
	if n.Role == protocol.RolePassword || n.Role == protocol.RoleSASL {
		v, _ := str(n.Value(raw))
		return v, "********"
	}
	switch n.Kind {
	case syntax.KindNIL:
		return protocol.NIL, protocol.NIL
	case syntax.KindQuoted, syntax.KindLiteral:
		v, s := str(n.Value(raw))
		return `"` + v + `"`, s
	case syntax.KindAtom:
		if n.Role != protocol.RoleNone { // a string, written as a word
			v, s := str(n.Value(raw))
			return `"` + v + `"`, s
		}
	case syntax.KindSP, syntax.KindCRLF:
		return "", ""
	}
	if len(n.Kids) == 0 || n.Kind == syntax.KindSection {
		v := strings.ToUpper(string(n.Bytes(raw)))
		return v, string(n.Bytes(raw))
	}
	var vs, ss []string
	for i := range n.Kids {
		kid := &n.Kids[i]
		switch kid.Kind {
		case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
			continue
		}
		v, s := norm(kid, raw)
		vs, ss = append(vs, v), append(ss, s)
	}
	value, shown = strings.Join(vs, " "), strings.Join(ss, " ")
	switch n.Kind {
	case syntax.KindList, syntax.KindGroup, syntax.KindAddresses, syntax.KindAddress, syntax.KindEnvelope, syntax.KindBody:
		value, shown = "("+value+")", "("+shown+")"
	}
	if len(value) > 4*short {
		sum := sha256.Sum256([]byte(value))
		value = strconv.Itoa(len(value)) + fmt.Sprintf(" %x", sum[:8])
	}
	if len(shown) > 4*short {
		shown = shown[:4*short] + "…"
	}
	return value, shown
}
