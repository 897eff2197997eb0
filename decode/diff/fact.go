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

// fact is one thing that an exchange says.
type fact struct {
	subject string // what it is about: "message 3"
	path    string // the subject, and what of it
	value   string // what is compared
	shown   string // what a person sees of it

	// How far it varies: if both sides have it, and if only one does. A count that
	// grew is new mail; one that shrank is not.
	other   Variation
	missing Variation
	grows   bool
	number  uint64
	recent  bool // a flag list: only \Recent may come and go
	broken  bool // not in the form that it should have: that is no variation
}

// differs is what kind of difference lies between f, of the first side, and g.
func (f *fact) differs(g *fact) Variation {
	switch {
	case f.grows && g.number < f.number, f.broken != g.broken:
		return Real
	case f.recent && withoutRecent(f.value) == withoutRecent(g.value):
		return NewMail
	}
	return f.other
}

// facts are what an exchange says, in order, each path once: what is said twice
// counts as it was said last.
type facts struct {
	list     []*fact
	byPath   map[string]*fact
	subjects map[string]int
	order    string // kinds of unsolicited data as they came
	octets   int    // of values that are kept
}

// What is kept of one exchange. Beyond it facts are folded into one by their
// number, so that two exchanges too large to compare are not called the same.
const (
	maxFacts  = 50_000
	maxOctets = 16 << 20
)

func (f *facts) get(path string) (*fact, bool) {
	x, ok := f.byPath[path]
	return x, ok
}

func (f *facts) add(x fact) {
	if x.path == "" {
		x.path = x.subject
	}
	if x.shown == "" {
		x.shown = x.value
	}
	if old := f.byPath[x.path]; old != nil {
		*old = x
		return
	}
	if len(f.list) >= maxFacts || f.octets > maxOctets {
		x = fact{subject: "the rest", path: "the rest", value: f.rest(x.value)}
		x.shown = "too much to be compared one by one"
		if old := f.byPath[x.path]; old != nil {
			*old = x
			return
		}
	}
	f.octets += len(x.path) + len(x.value)
	p := &x
	f.list = append(f.list, p)
	f.byPath[x.path] = p
	f.subjects[x.subject]++
}

// rest folds one more value into those that are not kept.
func (f *facts) rest(value string) string {
	before := ""
	if old := f.byPath["the rest"]; old != nil {
		before = old.value
	}
	sum := sha256.Sum256([]byte(before + value))
	return string(sum[:])
}

// summary is what is said of a subject, for when the other side says nothing.
func (f *facts) summary(subject string) string {
	var names []string
	for _, x := range f.list {
		if x.subject == subject {
			if x.path == subject {
				return x.shown
			}
			names = append(names, strings.TrimPrefix(x.path, subject+" "))
		}
		if len(names) == 8 {
			return strings.Join(names, " ") + " …"
		}
	}
	return strings.Join(names, " ")
}

// least is the variation of a subject that the other side does not have: real if
// any of its facts is.
func (f *facts) least(subject string) Variation {
	v := variations
	for _, x := range f.list {
		if x.subject == subject {
			v = min(v, x.missing)
		}
	}
	return v
}

// set is words in any order, each once: as they are compared, for letter case does
// not matter in flags and capabilities (RFC 1176, "Conventions", p. 10), and as they
// are shown.
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

// short is the longest string that is shown as it is.
const short = 80

// str is a string as it is compared and shown.
func str(b []byte) (value, shown string) {
	value = string(b)
	if len(b) <= short && !strings.ContainsAny(value, "\r\n") {
		return value, value
	}
	sum := sha256.Sum256(b)
	value = fmt.Sprintf("%d octets, SHA-256 %x", len(b), sum[:8])
	return value, value
}

// norm is a value in one writing: strings by what they say, however written.
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
	if len(n.Kids) == 0 {
		v := strings.ToUpper(string(n.Bytes(raw)))
		return v, string(n.Bytes(raw))
	}
	var vs, ss []string
	for i := range n.Kids {
		k := &n.Kids[i]
		switch k.Kind {
		case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
			continue
		}
		v, s := norm(k, raw)
		vs, ss = append(vs, v), append(ss, s)
	}
	value, shown = strings.Join(vs, " "), strings.Join(ss, " ")
	if n.Kind == syntax.KindList || n.Kind == syntax.KindAddresses || n.Kind == syntax.KindAddress || n.Kind == syntax.KindEnvelope {
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
