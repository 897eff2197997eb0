package print

import (
	"errors"
	"fmt"
	"io"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// Checker is a decode.Handler that gathers what a Linter finds.
type Checker struct {
	Findings
	Connections  int
	Transactions int

	worst  int // severity; below 0 if nothing was found
	view   view.Options
	linter *lint.Linter
	each   func(*view.Finding) error
	open   map[capture.ConnID]capture.Conn
	now    decode.Event // that is being judged
	one    [1]decode.Event
	err    error
}

// NewChecker returns a Checker with the rules of o. If each is not nil, it is called with
// every finding as it comes, and none is kept.
func NewChecker(v view.Options, o lint.Options, each func(*view.Finding) error) (*Checker, error) {
	k := &Checker{worst: -1, view: v, each: each, open: make(map[capture.ConnID]capture.Conn)}
	var err error
	k.linter, err = lint.New(o, k.found)
	return k, err
}

// Open implements decode.Handler.
func (k *Checker) Open(c capture.Conn) error {
	k.open[c.ID] = c
	k.Connections++
	return k.linter.Open(c)
}

// Events implements decode.Handler.
func (k *Checker) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		k.now, k.one[0] = e, e
		if err := k.linter.Events(id, k.one[:]); err != nil {
			return err
		}
		switch e.(type) {
		case *decode.Transaction:
			k.Transactions++
		case *decode.Closed:
			delete(k.open, id)
		}
	}
	return k.err
}

// found keeps a finding, or passes it on.
func (k *Checker) found(f lint.Finding) {
	k.worst = max(k.worst, int(f.Severity))
	x := k.view.Finding(&f, k.now)
	if k.each != nil {
		k.err = errors.Join(k.err, k.each(&x))
		return
	}
	k.Add(k.open[f.Conn], x)
}

// Found reports whether there is a finding at least as severe as s.
func (k *Checker) Found(s lint.Severity) bool { return k.worst >= int(s) }

// WriteText writes the findings, and how many there are.
func (k *Checker) WriteText(w io.Writer, o TextOptions) error {
	if err := k.Findings.WriteText(w, o); err != nil {
		return err
	}
	if k.Transactions == 0 {
		_, err := fmt.Fprintf(w, "no IMAP transaction in %s: nothing to judge\n", view.Count(k.Connections, "connection"))
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s, %s in %s of %s\n",
		view.Count(k.Count("error"), "error"), view.Count(k.Count("warning"), "warning"), view.Count(k.Count("note"), "note"),
		view.Count(k.Transactions, "transaction"), view.Count(k.Connections, "connection"))
	return err
}
