package view

import (
	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/session"
)

// Accounts collects, from each session once (see decode.Sessions), what connections show about accounts. It is a decode.Handler. The zero
// value is ready to use.
type Accounts struct {
	world    session.World
	book     account.Book
	sessions decode.Sessions
	begun    bool
}

// Open implements decode.Handler.
func (a *Accounts) Open(c capture.Conn) error {
	if !a.begun {
		a.begun = true
		a.sessions.To, a.world.Report = (*accounting)(a), a.book.Recorder("", "")
	}
	return a.sessions.Open(c)
}

// Events implements decode.Handler.
func (a *Accounts) Events(id capture.ConnID, events []decode.Event) error {
	return a.sessions.Events(id, events)
}

// accounting is an Accounts as the Handler of its sessions.
type accounting Accounts

// Open implements decode.Handler.
func (a *accounting) Open(c capture.Conn) error {
	a.world.Open(c)
	return nil
}

// Events implements decode.Handler.
func (a *accounting) Events(id capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		decode.Follow(&a.world, id, e)
	}
	return nil
}

// Result returns what is known so far.
func (a *Accounts) Result() *account.Accounts { return a.book.Accounts() }
