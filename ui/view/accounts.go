package view

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/session"
)

// Accounts collects what connections show about accounts. It is a decode.Handler. The zero
// value is ready to use.
type Accounts struct {
	world  session.World
	book   account.Book
	opened map[capture.ConnID]capture.Conn // those without an event yet
}

// Open implements decode.Handler.
func (a *Accounts) Open(c capture.Conn) error {
	if a.opened == nil {
		a.opened = make(map[capture.ConnID]capture.Conn)
		a.world.Report = a.book.Recorder("", "")
	}
	a.opened[c.ID] = c
	return nil
}

// Events implements decode.Handler.
func (a *Accounts) Events(id capture.ConnID, events []decode.Event) error {
	if c, ok := a.opened[id]; ok { // a flood of SYNs opens many that never have an event
		delete(a.opened, id)
		a.world.Open(c)
	}
	for _, e := range events {
		decode.Follow(&a.world, id, e)
	}
	return nil
}

// Result returns what is known so far.
func (a *Accounts) Result() *account.Accounts { return a.book.Accounts() }
