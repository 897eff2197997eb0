package view

import (
	"imapscope/capture"
	"imapscope/decode/diff"
	"imapscope/decode/session"
)

// Divergence describes an exchange that differs between two sessions. Its texts are
// inert, secrets masked.
type Divergence struct {
	Conn        capture.ConnID // of the first session
	N           int            // of the transaction in it; 0 outside any
	Tag         string
	Request     string
	Note        string // what happened to it; may be empty
	Differences []Difference
}

// Difference is a fact that is not the same on both sides.
type Difference struct {
	Path      string
	A, B      string
	InA, InB  bool
	Variation string // its name, if it is a normal variation
}

// Divergence returns the differences between an exchange of the first session and the one
// of the second session that replaces it; nil if it has none.
func (o Options) Divergence(conn capture.ConnID, ex, other *diff.Exchange, note string, list []diff.Difference) Divergence {
	d := Divergence{Conn: conn, Note: Inert(note)}
	if t := ex.Transaction; t != nil && t.N > 0 {
		d.N, d.Tag, d.Request = t.N, Inert(o.Tag(t)), Inert(o.Request(t))
	}
	d.Differences = o.Differences(ex, other, list)
	return d
}

// Differences returns the differences between two exchanges; either may be nil. The secrets
// of both are masked on both sides: one of them may have been played from the other.
func (o Options) Differences(a, b *diff.Exchange, list []diff.Difference) []Difference {
	var out []Difference
	knownA, knownB := knownOf(a), knownOf(b)
	hide := func(s string) string { return Inert(o.Hide(knownA, o.Hide(knownB, s))) }
	for _, y := range list {
		out = append(out, Difference{Inert(y.Path), hide(y.A), hide(y.B), y.InA, y.InB, y.Variation.String()})
	}
	return out
}

// knownOf returns the secrets that texts about an exchange must not repeat.
func knownOf(ex *diff.Exchange) *session.Words {
	if ex == nil {
		return nil
	}
	if n := len(ex.Messages); n > 0 && ex.Messages[n-1].Known != nil {
		return ex.Messages[n-1].Known
	}
	if ex.Transaction != nil {
		return ex.Transaction.Known
	}
	return nil
}
