package print

import (
	"errors"
	"fmt"
	"io"
	"slices"

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

	book   account.Book
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
	o.Report = c.book.Recorder("", "")
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

// Accounts returns the accounts of which more than one connection was logged in, and of their
// mailboxes those that are not what they were: what findings about one connection do not show.
func (c *Checker) Accounts() *account.Accounts {
	a := c.book.Accounts()
	a.Users = slices.DeleteFunc(a.Users, func(u *account.Account) bool {
		return !slices.ContainsFunc(u.Uses, func(x *account.Use) bool { return x.Conn != u.Uses[0].Conn })
	})
	if len(a.Users) == 0 {
		a.Addresses = nil
	}
	for _, u := range a.Users {
		u.Mailboxes = slices.DeleteFunc(u.Mailboxes, func(b *account.Mailbox) bool { return !changed(b) })
		for _, b := range u.Mailboxes { // a Linter does not report all changes of messages
			b.Events = slices.DeleteFunc(b.Events, func(e *account.Event) bool {
				return e.Fact.Kind != session.Selected && e.Fact.Kind != session.Reported
			})
		}
	}
	return a
}

// WriteText writes the findings, the accounts, and the number of findings.
func (c *Checker) WriteText(w io.Writer, o TextOptions) error {
	if err := c.Findings.WriteText(w, o); err != nil {
		return err
	}
	if err := BriefAccounts(w, c.Accounts()); err != nil {
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
