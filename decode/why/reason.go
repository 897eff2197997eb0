package why

import (
	"cmp"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode/lint"
)

// Reason is why something went wrong.
type Reason struct {
	Kind     *Kind
	Verdict  Verdict
	Severity lint.Severity // by which reasons are ranked
	Conn     capture.ConnID
	Account  string // "fred at 192.0.2.1", if it is about an account and not about Conn alone; may not be inert
	Sentence string // the cause first; printable ASCII, no secrets, as the other texts
	Proof    string // what would prove it
	Remedy   string // what to do
	Evidence []Evidence
	More     int // evidence beyond maxEvidence
	Further  int // connections beyond MaxConns with a reason that is alike
}

// Evidence is a place in the recording that shows a Reason.
type Evidence struct {
	Source   string // the recording that Conn is a connection of, if there are several
	Conn     capture.ConnID
	Txn      int               // the transaction's number, 0 outside any
	Dir      capture.Direction // the stream that the bytes are in
	Off, Len int64             // the position in that stream, and how many bytes; Len is 0 for what is missing
	Time     time.Time
	Rule     string // the ID of the rule that found it; empty if it is no finding
	Text     string
}

// Verdict is the party that caused what went wrong.
type Verdict string

// The verdicts.
const (
	Client  Verdict = "client"
	Server  Verdict = "server"
	Proxy   Verdict = "proxy"
	Network Verdict = "network"
	User    Verdict = "user" // a name, a password or a permission, which no program can correct
)

// maxEvidence is how much evidence of a Reason is kept.
const maxEvidence = 5

// add adds evidence, or counts it, unless it is there.
func (r *Reason) add(e Evidence) {
	if slices.Contains(r.Evidence, e) {
		return
	}
	if len(r.Evidence) == maxEvidence {
		r.More++
		return
	}
	r.Evidence = append(r.Evidence, e)
}

// rank orders reasons: the connections and accounts by their most severe reason, and
// the reasons of each by when they began, because what came first caused the others.
func rank(list []Reason) {
	type about struct {
		conn    capture.ConnID
		account string
	}
	of := func(x *Reason) about {
		if x.Account != "" {
			return about{0, x.Account}
		}
		return about{x.Conn, ""}
	}
	worst := make(map[about]lint.Severity)
	for i := range list {
		worst[of(&list[i])] = max(worst[of(&list[i])], list[i].Severity)
	}
	slices.SortStableFunc(list, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(worst[of(&b)], worst[of(&a)]), cmp.Compare(a.Conn, b.Conn), cmp.Compare(a.Account, b.Account), a.Evidence[0].Time.Compare(b.Evidence[0].Time))
	})
}
