// Package gen generates IMAP sessions with known truth for property tests.
//
//	rapid.Check(t, func(rt *rapid.T) {
//		s := gen.Draw(rt, gen.Options{Dialect: protocol.IMAP2})
//		for _, step := range s.Steps { … } // feed them to what is tested
//		… compare with s.Messages and s.Transactions
//	})
//
// A client and a server are simulated over an abstract mailbox: the server's answers
// follow from what is in it, numbers change with EXPUNGE, and commands are pipelined
// where the answers remain unambiguous. Nothing of the truth is computed by the code
// under test: each message is written token by token, and every token, literal, owner
// and state of the mailbox is recorded as it is written.
//
// # Rules
//
//   - A faultless session violates no rule of its dialect. A Fault violates one.
//   - Awkward content is common: literals that contain protocol, announcements,
//     quotes and line ends.
//   - Which command unsolicited data belongs to is part of the truth only where the
//     protocol determines it, or where package decode documents it (the oldest
//     outstanding). Everything else is not generated: a STORE is not pipelined with a
//     FETCH, because both are answered by FETCH data.
//   - Draws shrink to short sessions: fewer scenes, plain atoms, no pipelining.
package gen

import (
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Options configures Draw.
type Options struct {
	// Dialect is IMAP2, IMAP2bis or IMAP4rev1; one of them is drawn if it is the
	// zero value.
	Dialect protocol.Dialect
	// Plain leaves out what is ambiguous where bytes were lost: literals and
	// texts in which a line, or the end of one, looks like a message; commands with
	// literals that the server refuses; SASL exchanges.
	Plain bool
	// Fault is committed once; nil means a faultless session.
	Fault *Fault
}

// Session is one connection, from the greeting to its end, and the truth about it.
type Session struct {
	Dialect      protocol.Dialect
	Steps        []Step         // what was sent, in order
	Messages     []*Message     // in the order of their ends
	Transactions []*Transaction // in the order of their requests
	First        capture.Direction
	Cause        capture.Cause // how First ended the connection,
	Wait         time.Duration // after this time

	// From and To are where the fault lies in each direction's stream.
	From, To [2]int64
}

// Step is what one side sends before the other side reacts.
type Step struct {
	Dir  capture.Direction
	Data []byte
	Wait time.Duration // before it
}

// Message is one message of either side.
type Message struct {
	Dir      capture.Direction
	Kind     decode.Kind
	Off      int64  // in the stream of its direction
	Data     []byte // all of it, the line end included
	Word     string // command, status or kind of data, upper case
	Number   uint32 // of an untagged response: "* 12 FETCH"
	Text     string // human-readable text of a status or ready response
	Txn      *Transaction
	Literals []Literal
	Tokens   []Token
	Box      *Box // what the client knows after a tagged response; nil if no mailbox is selected
}

// End returns the stream position after the message.
func (m *Message) End() int64 { return m.Off + int64(len(m.Data)) }

// Token is a word, a string, or a parenthesis. The value of a string is its contents,
// however it is written.
type Token struct {
	Role  protocol.Role
	Value string
}

// Literal is a literal of a message.
type Literal struct {
	From      capture.Direction
	Off       int // of its first byte in the message
	Size      int
	Waited    bool // the client waited for "+"
	Withdrawn bool // the server refused it
}

// Transaction is a command and what answered it.
type Transaction struct {
	N       int
	Tag     string
	Command string // upper case
	Request string // as one line, literals as {n}
	Status  string
	Text    string
	Data    []Count // untagged responses by kind, in the order of first arrival
	Ready   int
	Octets  [2]int64
	Lits    []Literal // of both sides, in the order in which their messages ended
}

// Count is the number of untagged responses of one kind.
type Count struct {
	Kind string
	N    int
}

func (t *Transaction) count(kind string) {
	for i := range t.Data {
		if t.Data[i].Kind == kind {
			t.Data[i].N++
			return
		}
	}
	t.Data = append(t.Data, Count{kind, 1})
}

// Box is what a client can know of the selected mailbox.
type Box struct {
	Name   string
	Exists int
	Recent int
	Flags  []string            // defined ones
	Of     map[uint32][]string // flags by number, of the messages whose flags were sent
}

// Draw draws a session.
func Draw(t *rapid.T, o Options) *Session {
	if o.Dialect == protocol.UnknownDialect {
		o.Dialect = rapid.SampledFrom([]protocol.Dialect{protocol.IMAP2, protocol.IMAP2bis, protocol.IMAP4rev1}).Draw(t, "dialect")
	}
	g := &generator{t: t, o: o, s: &Session{Dialect: o.Dialect, First: capture.ServerToClient, Cause: capture.FIN}}
	g.style = rapid.SampledFrom([]string{"a%d", "A%04d", "%d", "x.%d", "%05d"}).Draw(t, "tags")
	g.run()
	return g.s
}

// generator is one run of Draw.
type generator struct {
	t     *rapid.T
	o     Options
	s     *Session
	style string
	off   [2]int64
	out   []*Transaction // outstanding, oldest first
	box   *box           // selected, or nil
	wait  time.Duration  // before the next step
}

func (g *generator) bis() bool   { return g.o.Dialect >= protocol.IMAP2bis }
func (g *generator) imap4() bool { return g.o.Dialect >= protocol.IMAP4 }

// chance reports true in one of n cases. It shrinks to false.
func (g *generator) chance(n int) bool {
	return rapid.IntRange(0, n-1).Draw(g.t, "chance") == n-1
}

func (g *generator) number(low, high int) int {
	return rapid.IntRange(low, max(low, high)).Draw(g.t, "number")
}

func (g *generator) pick(list ...string) string {
	return rapid.SampledFrom(list).Draw(g.t, "pick")
}

// run is the session from its beginning to its end.
func (g *generator) run() {
	if !g.commit(AtGreeting) {
		g.greet()
	}
	g.commit(BeforeLogin)
	g.enter()
	g.commit(LoggedIn)
	g.work()
	if f := g.o.Fault; f != nil && (f.When == InMailbox || f.When == FreshBox) {
		g.needBox(f.When == FreshBox)
		g.commit(f.When)
		g.work()
	} else if f != nil && f.Opens {
		g.needBox(true)
	}
	if !g.commit(AtEnd) {
		g.leave()
	}
}
