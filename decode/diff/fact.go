package diff

import (
	"crypto/sha256"
	"slices"
	"strings"

	"imapscope/decode/protocol"
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
	recent  bool   // a flag list: only \Recent may come and go
	offers  bool   // capabilities: more may come
	broken  bool   // not in the expected form, which is never a variation
	latest  string // of several values
	last    bool   // reported several times, only the last one counts
	counts  bool   // how many messages there are
	about   string // a mailbox, of a figure of it
	with    string // the path of what must differ, too, if new mail is why it does

	message  uint64         // that it is about
	property string         // of the message: the path without the subject
	shows    protocol.Shows // of the property
}

// missing is the value of a property, or of a figure, that has none.
const missing = "missing"

// differs returns the kind of difference between f, of the first side, and g.
func (f *fact) differs(g *fact) Variation {
	switch {
	case f.grows && g.number < f.number, f.broken != g.broken:
		return Real
	case f.recent && withoutRecent(f.value) == withoutRecent(g.value):
		return NewMail
	case f.offers && offersMore(f.value, g.value):
		return Optional
	}
	return f.other
}

// offersMore reports whether a server offers all that another one does, and more: clients ignore
// what they do not know (RFC 3501, 7.2.1, p. 69). That it forbids LOGIN is no offer.
func offersMore(than, offered string) bool {
	old, now := strings.Fields(than), strings.Fields(offered)
	for _, w := range old {
		if !slices.Contains(now, w) {
			return false
		}
	}
	return !slices.ContainsFunc(now, func(w string) bool {
		return protocol.Lookup(protocol.Capability, w).Does(protocol.ForbidsLogin) && !slices.Contains(old, w)
	})
}

// facts holds the facts of an exchange in order, each path once. What is reported again with
// another value is a sequence of values.
type facts struct {
	list     []*fact
	byPath   map[string]*fact
	subjects map[string]int
	order    []string // kinds of unsolicited data in the order received, with their numbers
	bytes    int      // of values that are kept
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
		f.again(old, added)
		return
	}
	added.latest = added.value
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

// again adds what was reported before. The same value again says nothing.
func (f *facts) again(old *fact, added fact) {
	switch {
	case added.last:
		*old = added
	case added.value != old.latest:
		old.latest = added.value
		f.bytes += len(added.value)
		if f.bytes > maxBytes {
			old.value, old.shown = f.rest(old.value+added.value), "too much to be compared one by one"
			return
		}
		old.value += then + added.value
		old.number, old.broken = added.number, old.broken || added.broken
		if len(old.shown) <= 4*short {
			old.shown += ", then " + added.shown
		}
	}
}

// then is between the values of a sequence.
const then = " \x00then "

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
// any of its facts is, and otherwise the first.
func (f *facts) least(subject string, of func(*fact) Variation) Variation {
	v := variations
	for _, fa := range f.list {
		if fa.subject == subject {
			v = min(v, of(fa))
		}
	}
	return v
}
