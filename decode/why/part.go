package why

import (
	"imapscope/capture"
	"imapscope/decode/lint"
)

// PartOptions are what a Part needs to find the same as if there were only one Reasoner. All calls
// of one Part come from one goroutine.
type PartOptions struct {
	Rules lint.Options // with Shared, Turn and Waits: what rules compare across connections

	// Later calls a function when everything that comes before in the order of the recording has
	// been followed by all Parts, and the functions that it was given for that have been called.
	// Only one function runs at a time. Settle returns when all of this Part have been called.
	Later  func(func())
	Settle func()
}

// Part returns a Reasoner that follows some of the connections of the recording, at the same time
// as other Parts follow the others. What compares connections is kept in r. Its own Reasons are
// not used: after Join, r has those of all.
func (r *Reasoner) Part(o PartOptions) (*Reasoner, error) {
	p := newReasoner()
	p.whole, p.place = r, o
	return p, p.judge(o.Rules)
}

// Opened follows the opening of a connection, of which its Part only hears when something else
// happens on it. It must be called in the order of the recording, as PartOptions.Later does, and
// need not be called for more than MaxLives.
func (r *Reasoner) Opened(c *capture.Conn) { r.crowd.open(c) }

// Join adds what the Parts found, each with connections of its own, when all have ended.
func (r *Reasoner) Join(parts ...*Reasoner) {
	for _, p := range parts {
		r.Connections += p.Connections
		r.Transactions += p.Transactions
		r.book.Merge(&p.book)
	}
}

// together does something with what the connections of the recording have in common: at once,
// or if it is a Part when it is its turn.
func (r *Reasoner) together(do func(whole *Reasoner)) {
	if r.whole == r {
		do(r)
		return
	}
	r.place.Later(func() { do(r.whole) })
}

// settle returns when all that together was given is done.
func (r *Reasoner) settle() {
	if r.whole != r {
		r.place.Settle()
	}
}
