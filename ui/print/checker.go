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

// Checker is a decode.Handler that collects the findings of a Linter.
type Checker struct {
	Findings
	Connections  int
	Transactions int

	worst  int // severity; negative if nothing was found
	view   view.Options
	linter *lint.Linter
	each   func(*view.Finding) error
	open   map[capture.ConnID]capture.Conn
	now    decode.Event // being checked
	one    [1]decode.Event
	err    error
}

// NewChecker returns a Checker with the rules of o. If each is not nil, it is called with
// every finding as it is found, and none is kept.
func NewChecker(v view.Options, o lint.Options, each func(*view.Finding) error) (*Checker, error) {
	c := &Checker{worst: -1, view: v, each: each, open: make(map[capture.ConnID]capture.Conn)}
	var err error
	c.linter, err = lint.New(o, c.found)
	return c, err
}

// Open implements decode.Handler.
func (c *Checker) Open(conn capture.Conn) error {
	c.open[conn.ID] = conn
	c.Connections++
	return c.linter.Open(conn)
}

// Events implements decode.Handler.
func (c *Checker) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		c.now, c.one[0] = e, e
		if err := c.linter.Events(id, c.one[:]); err != nil {
			return err
		}
		switch e.(type) {
		case *decode.Transaction:
			c.Transactions++
		case *decode.Closed:
			delete(c.open, id)
		}
	}
	return c.err
}

// found keeps a finding, or passes it on.
func (c *Checker) found(f lint.Finding) {
	c.worst = max(c.worst, int(f.Severity))
	x := c.view.Finding(&f, c.now)
	if c.each != nil {
		c.err = errors.Join(c.err, c.each(&x))
		return
	}
	c.Add(c.open[f.Conn], x)
}

// Found reports whether there is a finding at least as severe as s.
func (c *Checker) Found(s lint.Severity) bool { return c.worst >= int(s) }

// WriteText writes the findings and their number.
func (c *Checker) WriteText(w io.Writer, o TextOptions) error {
	if err := c.Findings.WriteText(w, o); err != nil {
		return err
	}
	if c.Transactions == 0 && c.worst < 0 {
		_, err := fmt.Fprintf(w, "no IMAP transaction in %s: nothing to check\n", view.Count(c.Connections, "connection"))
		return err
	}
	_, err := fmt.Fprintf(w, "%s, %s, %s in %s of %s\n",
		view.Count(c.Count("error"), "error"), view.Count(c.Count("warning"), "warning"), view.Count(c.Count("note"), "note"),
		view.Count(c.Transactions, "transaction"), view.Count(c.Connections, "connection"))
	return err
}
