package view

import (
	"imapscope/capture"
	"imapscope/decode/diff"
	"imapscope/decode/session"
)

// Divergence is an exchange that two sessions have differently, as a person reads it.
// Its texts are inert, secrets masked.
type Divergence struct {
	Conn        capture.ConnID // of the first session
	N           int            // of the transaction in it; 0 is what stands outside any
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
	Variation string // its name, if it is one that is normal
}

// Divergence is what differs in an exchange of the first session.
func (o Options) Divergence(conn capture.ConnID, x *diff.Exchange, note string, list []diff.Difference) Divergence {
	d := Divergence{Conn: conn, Note: Inert(note)}
	if t := x.Transaction; t != nil && t.N > 0 {
		d.N, d.Tag, d.Request = t.N, Inert(o.Tag(t)), Inert(o.Request(t))
	}
	known := knownOf(x)
	for _, y := range list {
		d.Differences = append(d.Differences, Difference{Inert(y.Path), Inert(o.Hide(known, y.A)), Inert(o.Hide(known, y.B)), y.InA, y.InB, y.Variation.String()})
	}
	return d
}

// knownOf returns the secrets that no text about an exchange may repeat.
func knownOf(x *diff.Exchange) *session.Words {
	if n := len(x.Messages); n > 0 && x.Messages[n-1].Known != nil {
		return x.Messages[n-1].Known
	}
	if x.Transaction != nil {
		return x.Transaction.Known
	}
	return nil
}
