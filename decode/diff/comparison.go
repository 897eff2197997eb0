package diff

import (
	"slices"
	"strings"
	"time"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
)

// Comparison compares two conversations exchange by exchange, in order, and keeps what the client
// knows from either server: what is said again is no difference, and what contradicts it is one.
// The zero value is one at the beginning of two conversations.
type Comparison struct {
	// Dialect is that of the conversations, if it is known.
	Dialect protocol.Dialect

	then, now side
	n         int       // exchanges compared
	began     time.Time // of the first conversation
	dates     []Late
	same      int // dates that are the same
}

// Late is a difference that only what came later shows to be one.
type Late struct {
	Nth int // of the exchanges that were compared, from 0
	Difference
}

// Exchanges returns the differences between two exchanges, as the function does. One of them may
// be nil: then nothing is compared, and the other is learned from.
func (c *Comparison) Exchanges(a, b *Exchange, o Options) []Difference {
	x := pair{Comparison: c, o: o}
	if a != nil {
		x.a = read(a, o, c.Dialect)
		c.then.enter(x.a)
		if c.began.IsZero() && a.Transaction != nil {
			c.began = a.Time
		}
	}
	if b != nil {
		x.b = read(b, o, c.Dialect)
		c.now.enter(x.b)
	}
	if a != nil && b != nil {
		x.compare()
		x.contradict(c.then.contradictions(x.a), c.now.contradictions(x.b))
	}
	if a != nil {
		c.then.learn(x.a, a.Transaction == nil)
	}
	if b != nil {
		c.now.learn(x.b, b.Transaction == nil)
	}
	c.n++
	return x.out
}

// Late returns the differences that the whole of the conversations shows, at their end. Two servers
// that were given the same messages at different times have other dates for all of them; if most
// are the same, those that are not are differences.
func (c *Comparison) Late() []Late {
	if c.same <= len(c.dates) {
		return nil
	}
	return c.dates
}

// pair is two exchanges that are being compared.
type pair struct {
	*Comparison
	o    Options
	a, b *reader
	out  []Difference
}

func (x *pair) add(d Difference) {
	if (d.Variation == Real || x.o.Strict[d.Variation]) && !x.o.Ignores(d.Path) {
		x.out = append(x.out, d)
	}
}

func (x *pair) compare() {
	whole := make(map[string]bool) // subjects that one side lacks and that were reported
	for _, f := range x.a.list {
		g, ok := x.b.get(f.path)
		switch {
		case ok:
			x.both(f, g)
		case x.b.subjects[f.subject] > 0:
			x.add(Difference{Path: f.path, A: f.shown, InA: true, Variation: x.lacks(f)})
		case !whole[f.subject]:
			whole[f.subject] = true
			x.add(Difference{Path: f.subject, A: x.a.summary(f.subject), InA: true, Variation: x.a.least(f.subject, x.lacks)})
		}
	}
	for _, g := range x.b.list {
		if _, ok := x.a.get(g.path); ok {
			continue
		}
		if known := x.then.expects(x.a, g); known != nil && known.latest != g.value && !x.now.repeats(x.b, g) {
			x.add(Difference{g.path, known.shownLast(), g.shown, true, true, known.differs(g)})
			continue
		}
		switch {
		case x.a.subjects[g.subject] > 0:
			x.add(Difference{Path: g.path, B: g.shown, InB: true, Variation: x.more(g)})
		case !whole[g.subject]:
			whole[g.subject] = true
			x.add(Difference{Path: g.subject, B: x.b.summary(g.subject), InB: true, Variation: x.b.least(g.subject, x.more)})
		}
	}
	if len(x.out) == 0 && !slices.Equal(x.a.order, x.b.order) {
		at := 0
		for at < min(len(x.a.order), len(x.b.order)) && x.a.order[at] == x.b.order[at] {
			at++
		}
		x.add(Difference{"order", beginning(x.a.order[at:]), beginning(x.b.order[at:]), true, true, Order})
	}
}

// both compares a fact that both sides have.
func (x *pair) both(f, g *fact) {
	if f.value == g.value || f.other == Date && f.sameInstant(g) {
		if f.other == Date {
			x.same++
		}
		return
	}
	d := Difference{f.path, f.shown, g.shown, true, true, f.differs(g)}
	if d.Variation == NewMail && f.with != "" && x.alike(f.with) {
		d.Variation = Real // as many messages, so there is no new mail
	}
	x.add(d)
	if d.Variation == Date && !x.o.Strict[Date] && !x.o.Ignores(d.Path) && x.old(f) {
		d.Variation = Real
		x.dates = append(x.dates, Late{x.n, d})
	}
}

// alike reports whether both sides have a fact with the same value.
func (x *pair) alike(path string) bool {
	f, ok := x.a.get(path)
	g, both := x.b.get(path)
	return ok && both && f.value == g.value
}

// arriving is how long before a conversation the messages may have arrived whose dates are left
// alone.
const arriving = 24 * time.Hour

// old reports whether the date of a message is from before the conversation: those that arrived in
// it, or were put there for it, have other dates each time.
func (x *pair) old(f *fact) bool {
	at, ok := text.Date(f.shown)
	return ok && !x.began.IsZero() && at.Before(x.began.Add(-arriving))
}

// sameInstant reports whether two dates are the same, in whichever zones they were written.
func (f *fact) sameInstant(g *fact) bool {
	at, ok := text.Date(f.shown)
	other, both := text.Date(g.shown)
	return ok && both && at.Equal(other)
}

// lacks returns what it is that the second exchange does not have a fact.
func (x *pair) lacks(f *fact) Variation {
	switch {
	case f.counts && !x.a.row.Does(protocol.Selects) && x.then.counts() && x.then.left(x.a) == f.number:
		return Optional // what the client knew
	case f.counts && !x.a.row.Does(protocol.Selects) && x.now.counts():
		return f.countDiffers(x.now.left(x.b))
	case f.message == 0:
		return f.missing
	}
	known := x.now.known(f.message, f.property)
	again := known != nil && known.latest == f.latest || x.then.repeats(x.a, f)
	switch {
	case x.a.describes() && !x.a.row.Does(protocol.Fetches):
		return f.missing // STORE
	case x.a.describes() && (x.a.asks(f) || f.shows&(protocol.ShowsFlags|protocol.ShowsModSeq) != 0):
		return f.missing
	case x.a.describes() || again:
		return Optional
	}
	return f.missing
}

// more returns what it is that only the second exchange has a fact.
func (x *pair) more(g *fact) Variation {
	switch {
	case g.counts:
		if x.now.counts() && !x.b.row.Does(protocol.Selects) {
			known := fact{number: x.now.left(x.b)}
			return known.countDiffers(g.number)
		}
		return g.missing
	case g.message == 0:
		return g.missing
	case x.now.repeats(x.b, g), x.then.expects(x.a, g) != nil: // the same
		return Optional
	case x.then.beyond(g.message), g.shows&protocol.ShowsFlags != 0, g.value == missing:
		return g.missing
	}
	return Optional
}

// countDiffers returns what it is that there are n messages where f counts them.
func (f *fact) countDiffers(n uint64) Variation {
	switch {
	case n == f.number:
		return Optional
	case n > f.number:
		return NewMail
	}
	return Real
}

// shownLast returns what is shown of the last of several values.
func (f *fact) shownLast() string {
	if i := strings.LastIndex(f.shown, ", then "); i >= 0 && f.latest != f.value {
		return f.shown[i+len(", then "):]
	}
	return f.shown
}

// describes reports whether the command's answer describes messages.
func (r *reader) describes() bool {
	return r.row != nil && slices.ContainsFunc(r.row.Claims, func(c protocol.Claim) bool {
		return protocol.Lookup(protocol.Response, c.Data).Does(protocol.Describes)
	})
}

// asks reports whether a FETCH asks for what shows the same of a message, by any name or by that of a
// macro; UID FETCH asks for the unique identifier (RFC 3501, 6.4.8, p. 61). What is not tracked may
// have been asked for.
func (r *reader) asks(f *fact) bool {
	if f.shows == 0 || f.shows&protocol.ShowsUniqueID != 0 && r.row.UID || r.tree == nil {
		return true
	}
	for n := range r.tree.All() {
		if n.Kind != syntax.KindAttribute {
			continue
		}
		word := n.Bytes(r.raw)
		if protocol.ShowsOf(word)&f.shows != 0 {
			return true
		}
		macro := protocol.Lookup(protocol.Macro, word)
		if macro != nil && slices.ContainsFunc(macro.Expands, func(w string) bool { return protocol.ShowsOf(w)&f.shows != 0 }) {
			return true
		}
	}
	return false
}
