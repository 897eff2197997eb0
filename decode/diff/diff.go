// Package diff compares two exchanges by meaning.
//
//	a := &diff.Exchange{Transaction: t, Messages: messages} // of a recording
//	for _, d := range diff.Exchanges(a, b, diff.Options{}) {
//		fmt.Println(d.Path, d.A, d.B) // "message 3 FLAGS" "\Seen" "\Deleted \Seen"
//	}
//
// An exchange is broken down into facts: the status, what was reported about each
// message, the flags of the mailbox, and so on; and facts are compared. How
// something was written (atom, quoted string or literal, letter case of words,
// the order of flags) is not a fact.
//
// # Rules
//
//   - What differs between any two runs against correct servers is a variation. Each
//     kind of variation has a name, and is ignored unless Options asks for it.
//   - Long strings are identified by length and hash, and not shown.
//   - Secrets are compared, but never appear in a Difference.
//   - If only one side mentions a message, that is one difference, not one for each
//     property.
//   - Messages whose middle was not kept are compared by the kept bytes and by length.
package diff

import (
	"strconv"

	"imapscope/decode"
)

// Exchange is a transaction with its messages in order, including the request.
type Exchange struct {
	*decode.Transaction
	Messages []*decode.Message
}

// Variation is a kind of normal variation.
type Variation uint8

const (
	// Real is not a variation but a difference in meaning.
	Real Variation = iota
	// Text is human-readable text (RFC 1176, "Responses", p. 18).
	Text
	// Date is when a message arrived, INTERNALDATE.
	Date
	// NewMail is more messages than before, and which of them are recent.
	NewMail
	// Number is a number or an identifier that the server assigns: UID, UIDVALIDITY, EMAILID.
	Number
	// Order is the order of independent unsolicited data.
	Order
	// Greeting is the name and version in a greeting.
	Greeting
	variations
)

var variationNames = [variations]string{"", "text", "dates", "new-mail", "numbers", "order", "greeting"}

func (v Variation) String() string { return variationNames[v] }

// Variations returns all kinds except Real.
func Variations() []Variation {
	return []Variation{Text, Date, NewMail, Number, Order, Greeting}
}

// Options select the normal variations that count as differences. The zero value ignores
// them all.
type Options struct {
	Strict [variations]bool // by Variation
}

// Difference is a fact that is not the same on both sides. A and B are human-readable,
// but not inert; one is empty if that side does not have the fact.
type Difference struct {
	Path      string // what it is about: "status", "message 3 ENVELOPE subject"
	A, B      string
	InA, InB  bool
	Variation Variation
}

// String returns the difference as one line.
func (d Difference) String() string {
	switch {
	case !d.InA:
		return d.Path + ": only the second has " + strconv.Quote(d.B)
	case !d.InB:
		return d.Path + ": only the first has " + strconv.Quote(d.A)
	}
	return d.Path + ": " + strconv.Quote(d.A) + ", then " + strconv.Quote(d.B)
}

// Exchanges returns the differences between two exchanges: facts in the order in which a
// has them, followed by those that only b has. It returns none if the exchanges have the
// same meaning.
func Exchanges(a, b *Exchange, o Options) []Difference {
	fa, fb := factsOf(a), factsOf(b)
	var out []Difference
	add := func(d Difference) {
		if d.Variation == Real || o.Strict[d.Variation] {
			out = append(out, d)
		}
	}
	whole := make(map[string]bool) // subjects that one side lacks and that were reported
	for _, f := range fa.list {
		g, ok := fb.get(f.path)
		switch {
		case ok && f.value == g.value:
		case ok:
			add(Difference{f.path, f.shown, g.shown, true, true, f.differs(g)})
		case fb.subjects[f.subject] > 0:
			add(Difference{Path: f.path, A: f.shown, InA: true, Variation: f.missing})
		case !whole[f.subject]:
			whole[f.subject] = true
			add(Difference{Path: f.subject, A: fa.summary(f.subject), InA: true, Variation: fa.least(f.subject)})
		}
	}
	for _, g := range fb.list {
		if _, ok := fa.get(g.path); ok {
			continue
		}
		switch {
		case fa.subjects[g.subject] > 0:
			add(Difference{Path: g.path, B: g.shown, InB: true, Variation: g.missing})
		case !whole[g.subject]:
			whole[g.subject] = true
			add(Difference{Path: g.subject, B: fb.summary(g.subject), InB: true, Variation: fb.least(g.subject)})
		}
	}
	if len(out) == 0 && fa.order != fb.order {
		add(Difference{"order", fa.order, fb.order, true, true, Order})
	}
	return out
}
