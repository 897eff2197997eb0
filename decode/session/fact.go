package session

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
)

// FactKind is the kind of a Fact.
type FactKind uint8

// The kinds of facts.
const (
	Opened     FactKind = iota + 1 // the connection began
	LoggedIn                       // as User; empty if the name was not seen
	LoggedOut                      // By the client (LOGOUT, UNAUTHENTICATE) or the server (BYE)
	Ended                          // the connection ended: Text
	Selected                       // Mailbox, with all that is known of it
	Deselected                     // Mailbox; Removing: messages marked as deleted were removed
	Reported                       // figures about Mailbox: STATUS, a code
	Arrived                        // Mailbox has grown to Count messages
	Flagged                        // the flags of a message are now Text
	Stored                         // STORE was answered OK: Text is what it changed, for the messages of Set
	Removed                        // a message, or the messages of Set, were expunged
	Appended                       // the messages of Set, if that is known, were added to Mailbox
	Copied                         // the messages of Set were copied to To, as ToSet there if that is known
	Moved                          // as Copied, and removed
	Created                        // Mailbox
	Deleted                        // Mailbox
	Renamed                        // Mailbox is now To
	IdleBegan
	IdleEnded // By the client (DONE) or the server

	// Only if World.Detailed is set.

	Shown // a FETCH response about a message; Text: its items
	Found // a search found the messages of Set
)

var factNames = [...]string{
	Opened: "opened", LoggedIn: "logged in", LoggedOut: "logged out", Ended: "ended", Selected: "selected",
	Deselected: "deselected", Reported: "reported", Arrived: "arrived", Flagged: "flagged", Stored: "stored",
	Removed: "removed", Appended: "appended", Copied: "copied", Moved: "moved", Created: "created",
	Deleted: "deleted", Renamed: "renamed", IdleBegan: "idle began", IdleEnded: "idle ended", Shown: "shown", Found: "found",
}

// String returns the kind in words, in lower case.
func (k FactKind) String() string {
	if int(k) < len(factNames) {
		return factNames[k]
	}
	return "?"
}

// Fact is something that one connection shows about an account or a mailbox, at one time.
// It follows from that connection alone: facts of connections that are decoded at the same
// time, one after the other or on several machines are the same. See decode/account.
type Fact struct {
	Kind FactKind
	Seq  int       // counted from 1 on the connection
	Time time.Time // when it was reported; never earlier than that of the fact before it

	// Since is when the command was sent that it answers: what it says was true at some
	// time from then to Time. It is Time if it answers none.
	Since time.Time

	Txn int  // the command that it belongs to; 0 if there is none
	Own bool // a command of this session caused it

	Reading bool // Flagged: by reading the message, not by a STORE

	User    string // who was logged in
	Mailbox string
	Shared  bool // the mailbox is one for all users

	// Figures about the mailbox; zero if they were not reported.

	UIDValidity uint32
	UIDNext     uint32
	ModSeq      uint64 // HIGHESTMODSEQ, or of the message
	Count       uint32 // messages; of Stored: those of Set, at most
	ReadOnly    bool
	Removing    bool

	// View: the figures are those of the mailbox as this connection, which has it selected, was
	// informed of it so far. Others may know more (RFC 7162, 3.2, p. 25).
	View bool

	// The messages.

	Number uint32 // of one; 0 if it is not one, or not known
	UID    uint32
	Set    string // of several, in wire form, cut after MaxSet bytes
	UIDs   bool   // Set holds UIDs, not numbers
	To     string // the mailbox of a copy, or a new name
	ToSet  string // UIDs there
	Text   string
	By     string // "client" or "server"
}

// MaxSet is how many bytes of a set of messages a Fact holds.
const MaxSet = 512

// maxFactText bounds the text of a Fact, in bytes.
const maxFactText = 256

// emit reports a fact, if there is someone to report it to.
func (s *Model) emit(f Fact) {
	if !s.world.reports(f.Kind) {
		return
	}
	if f.Time.Before(s.clock) {
		f.Time = s.clock
	}
	s.clock = f.Time
	if f.Since.IsZero() || f.Since.After(f.Time) {
		f.Since = f.Time
	}
	s.facts++
	f.Seq = s.facts
	f.Text, f.To = s.hide(f.Text[:min(len(f.Text), maxFactText)]), s.hide(f.To)
	if f.Kind != LoggedOut {
		f.User = s.User
	}
	s.world.Report(&s.Conn, &f)
}

// reports reports whether facts of a kind are reported at all.
func (w *World) reports(k FactKind) bool {
	return w.Report != nil && !(w.Figures && k.OfMailbox() && !k.hasFigures())
}

// hasFigures reports whether facts of the kind are about the figures of a mailbox, say that
// another mailbox has the name from now on, or that identifiers are free that must not be used
// again.
func (k FactKind) hasFigures() bool {
	switch k {
	case Selected, Reported, Removed, Appended, Created, Deleted, Renamed:
		return true
	}
	return false
}

// fact returns a fact that a message reports.
func (s *Model) fact(k FactKind, m *Input) Fact {
	f := Fact{Kind: k, Time: m.Time, Since: m.Since, Txn: m.N}
	if m.Orphan {
		f.Txn = 0
	}
	return f
}

// Facts returns the number of facts that were reported so far, which is the Seq of the last.
func (s *Model) Facts() int { return s.facts }

// about returns a fact that a message reports about a mailbox.
func (s *Model) about(k FactKind, m *Input, b *Mailbox) Fact {
	f := s.fact(k, m)
	f.Mailbox, f.Shared, f.UIDValidity = b.Name, b.BBoard, b.UIDValidity
	return f
}

// state reports what a message changed of who is logged in, and of IDLE.
func (s *Model) state(m *Input, user string, before protocol.State) {
	in := func(x protocol.State) bool { return x == protocol.Authenticated || x == protocol.Selected }
	switch {
	case !s.login && in(s.State):
		s.login = true
		s.emit(s.fact(LoggedIn, m))
	case s.login && !in(s.State):
		s.endIdle(m.Time, "server")
		f := s.fact(LoggedOut, m)
		f.User, f.By = user, "server"
		if m.Command.Does(protocol.LogsOut) || m.Command.Does(protocol.Unauthenticates) {
			f.By = "client"
		}
		s.login = false
		s.emit(f)
	}
	switch {
	case m.Kind == Request && s.idle != 0 && s.idle == m.N:
		s.endIdle(m.Time, "")
		s.waits = s.idle
		s.done = false
		s.emit(s.fact(IdleBegan, m))
	case m.Kind == Continuation && m.N == s.waits:
		s.done = true
	case m.Kind == Tagged && s.waits != 0 && m.N == s.waits:
		by := "server"
		if s.done {
			by = "client"
		}
		s.endIdle(m.Time, by)
	}
}

// endIdle reports the end of the IDLE in progress, if there is one.
func (s *Model) endIdle(t time.Time, by string) {
	if s.waits != 0 {
		s.emit(Fact{Kind: IdleEnded, Time: t, Txn: s.waits, By: by})
		s.waits = 0
	}
}

// end reports the end of the connection.
func (s *Model) end(t time.Time, how string) {
	s.endIdle(t, "")
	s.emit(Fact{Kind: Ended, Time: t, Text: how})
}

// began reports the connection.
func (s *Model) began(c *capture.Conn) {
	s.emit(Fact{Kind: Opened, Time: c.Start})
}

// OfMailbox reports whether a fact of the kind is about a mailbox or its messages, not about
// the connection.
func (k FactKind) OfMailbox() bool {
	switch k {
	case Opened, LoggedIn, LoggedOut, Ended, IdleBegan, IdleEnded:
		return false
	}
	return true
}
