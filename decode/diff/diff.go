// Package diff compares two exchanges by meaning.
//
//	a := &diff.Exchange{Transaction: t, Messages: messages} // of a recording
//	for _, d := range diff.Exchanges(a, b, diff.Options{}) {
//		fmt.Println(d.Path, d.A, d.B) // "message 3 FLAGS" "\Seen" "\Deleted \Seen"
//	}
//
// A Comparison compares the exchanges of two conversations in order.
//
// An exchange is broken down into facts: the status, what was reported about each
// message, the flags of the mailbox, and so on; and facts are compared. How
// something was written (atom, quoted string or literal, letter case of words,
// the order of flags, the zone of a date, the ranges of a set) is not a fact.
//
// # Rules
//
//   - What differs between any two runs against correct servers is a variation. Each
//     kind of variation has a name, and is ignored unless Options asks for it.
//   - Long strings are identified by length and hash, and not shown.
//   - Secrets are compared, but never appear in a Difference.
//   - Data that depends on other data is compared in order: a message has the number that it
//     had before the exchange, so FETCH before and after an EXPUNGE are about different
//     messages. The order of independent data is a variation.
//   - What is reported twice with different values is a sequence of values.
//   - In a Comparison, what a server says without being asked is no difference if the client
//     knew it, and a real one if it contradicts what the client knows. So is what contradicts
//     what the same server said before.
//   - What is known of a server is bounded: of the selected mailbox its messages, of the others
//     their figures.
//   - If only one side mentions a message, that is one difference, not one for each
//     property.
//   - Messages whose middle was not kept are compared by the kept bytes and by length.
package diff

import (
	"strconv"
	"strings"

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
	// Greeting is the name and version in a greeting or an ID response.
	Greeting
	// Optional is what a server may say or not, and no one can rely on: capabilities that were
	// not asked for, what the client knows already.
	Optional
	// Form is what the client chose, such as its tag. It is never compared.
	Form
	variations
)

var variationNames = [variations]string{"", "text", "dates", "new-mail", "numbers", "order", "greeting", "optional", "form"}

func (v Variation) String() string { return variationNames[v] }

// Variations returns all kinds except Real.
func Variations() []Variation {
	return []Variation{Text, Date, NewMail, Number, Order, Greeting, Optional}
}

// Options select the normal variations that count as differences. The zero value ignores
// them all.
type Options struct {
	Strict [variations]bool // by Variation
	// TLS means that one side was recorded with TLS and the other without: what servers offer
	// only without it does not count.
	TLS bool
	// Unread means that one side reads mail without marking it as seen: whether a message is
	// marked so does not count.
	Unread bool
	// Together means that both sides were asked at the same time: more messages are a difference,
	// too.
	Together bool
	// Ignore are the differences that do not count.
	Ignore []Pattern
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
// same meaning. Where what came before matters, use a Comparison.
func Exchanges(a, b *Exchange, o Options) []Difference {
	return new(Comparison).Exchanges(a, b, o)
}

// beginning shows where an order begins to differ.
func beginning(order []string) string {
	const shown = 6
	if len(order) > shown {
		return strings.Join(order[:shown], ", ") + ", …"
	}
	return strings.Join(order, ", ")
}
