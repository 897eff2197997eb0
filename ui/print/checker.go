package print

import (
	"errors"
	"fmt"
	"io"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/session"
	"imapscope/ui/view"
)

// Checker is a decode.Handler that collects the findings of a Linter.
type Checker struct {
	Findings
	Connections  int
	Transactions int
	ServerLegs   int // connections that are not counted: see decode.Sessions

	book   account.Book
	made   int // findings that the proxy made
	worst  int // severity, without those; negative if nothing was found
	view   view.Options
	linter *lint.Linter
	each   func(*view.Finding) error
	open   map[capture.ConnID]capture.Conn
	legs   map[capture.ConnID]struct{} // open ones that are server's legs
	now    decode.Event                // being checked
	one    [1]decode.Event
	err    error
}

// NewChecker returns a Checker with the rules of o. If each is not nil, it is called with
// every finding as it is found, and none is kept.
func NewChecker(v view.Options, o lint.Options, each func(*view.Finding) error) (*Checker, error) {
	c := &Checker{worst: -1, view: v, each: each, open: make(map[capture.ConnID]capture.Conn), legs: make(map[capture.ConnID]struct{})}
	var err error
	record := c.book.Recorder("", "")
	o.Report = func(who *capture.Conn, f *session.Fact) {
		if _, isLeg := c.legs[who.ID]; !isLeg {
			record(who, f)
		}
	}
	c.linter, err = lint.New(o, c.found)
	return c, err
}

// Open implements decode.Handler.
func (c *Checker) Open(conn capture.Conn) error {
	c.open[conn.ID] = conn
	return c.linter.Open(conn)
}

// Events implements decode.Handler.
func (c *Checker) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		c.now, c.one[0] = e, e
		if decode.IsServerLeg(e) {
			c.legs[id] = struct{}{}
		}
		if err := c.linter.Events(id, c.one[:]); err != nil {
			return err
		}
		switch e := e.(type) {
		case *decode.Transaction:
			if e.Leg != capture.ServerLeg {
				c.Transactions++
			}
		case *decode.Closed:
			delete(c.open, id)
			delete(c.legs, id)
			if e.Leg != capture.ServerLeg {
				c.Connections++
			} else {
				c.ServerLegs++
			}
		}
	}
	return c.err
}

// found keeps a finding, or passes it on.
func (c *Checker) found(f lint.Finding) {
	if f.MadeBy == "" {
		c.worst = max(c.worst, int(f.Severity))
	} else {
		c.made++
	}
	if c.each == nil && c.onlyCount(&f) {
		return
	}
	x := c.view.Finding(&f, c.now)
	if c.each != nil {
		c.err = errors.Join(c.err, c.each(&x))
		return
	}
	c.Add(c.open[f.Conn], x)
}

// Found reports whether there is a finding at least as severe as s that the proxy did not
// make: faults are injected to learn what else goes wrong.
func (c *Checker) Found(s lint.Severity) bool { return c.worst >= int(s) }

// Accounts returns what the accounts show that findings about one connection do not; see Together.
func (c *Checker) Accounts() *account.Accounts { return Together(c.book.Accounts()) }

// WriteText writes the findings, the accounts, and the number of findings.
func (c *Checker) WriteText(w io.Writer, o TextOptions) error {
	if err := c.Findings.WriteText(w, o); err != nil {
		return err
	}
	if err := BriefAccounts(w, c.Accounts()); err != nil {
		return err
	}
	if c.Transactions == 0 && c.worst < 0 && c.made == 0 {
		_, err := fmt.Fprintf(w, "no IMAP transaction in %s: nothing to check\n", view.Count(c.Connections, "connection"))
		return err
	}
	legs := ""
	if c.ServerLegs > 0 {
		legs = fmt.Sprintf(" and %s", view.Count(c.ServerLegs, "server leg"))
	}
	_, err := fmt.Fprintf(w, "%s, %s, %s in %s of %s%s\n",
		view.Count(c.Count("error"), "error"), view.Count(c.Count("warning"), "warning"), view.Count(c.Count("note"), "note"),
		view.Count(c.Transactions, "transaction"), view.Count(c.Connections, "connection"), legs)
	if err == nil && c.made > 0 {
		_, err = fmt.Fprintf(w, "%s made by faults and edits of the proxy\n", view.Count(c.made, "finding"))
	}
	return err
}
