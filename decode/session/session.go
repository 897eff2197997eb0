package session

import (
	"time"

	"imapscope/capture"
	"imapscope/decode/protocol"
	"imapscope/decode/sasl"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Kind is the kind of a message, by its first word.
type Kind uint8

const (
	// Request is a client's command, or a line in the place of one.
	Request Kind = iota
	// Continuation is a client's line within a command: a SASL response, DONE.
	Continuation
	// Greeting is the first response of a connection.
	Greeting
	// Untagged is unsolicited data or a status response, tag "*".
	Untagged
	// Ready is a response with the tag "+".
	Ready
	// Tagged is the response to a command.
	Tagged
	// Junk is a server's line that is none of these, or a blank line of the client.
	Junk
)

var kindNames = [...]string{"request", "continuation", "greeting", "untagged", "ready", "tagged", "junk"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "?"
}

// Input is one message as it is fed to a Session or a World. Neither keeps it,
// nor anything that it points to.
type Input struct {
	Dir    capture.Direction
	Kind   Kind
	Time   time.Time
	Since  time.Time     // when its command was sent; zero if it has none
	Row    *protocol.Row // the row of the server's word: a response, or a completion; nil if none is known
	Number uint32        // before the word: "* 12 FETCH"
	Text   []byte        // a part of Raw: the human-readable text, with its code
	Broken bool          // the end is missing
	Orphan bool          // a tagged response whose command is not known

	*wire.Message
	Tree *syntax.Node // of a response; only a World needs it

	// The command that the message is, continues or answers.

	N       int           // its number on the connection; 0 outside any
	Command *protocol.Row // nil if no command has that name
	Request *wire.Message // what is kept of it
	Done    bool          // the command was answered before its request had ended
	Place   Place         // of a Request: as Open returned it

	// Secrets are the places of Raw that are secret, in order: Feed appends them.
	// Line ends and the announcements of literals are never among them.
	Secrets   []wire.Span
	SecretTag bool // the tag, or a part of it, is among them

	// SASL is what the SASL exchange that the message is part of has said so far, or nil.
	// Feed sets it; it is immutable.
	SASL *sasl.Report
}

// Session follows one connection. Its methods must not be called concurrently.
type Session struct {
	State   protocol.State
	User    string           // the user who is logged in, if seen
	Name    string           // of the selected mailbox
	Dialect protocol.Dialect // the latest that was shown or announced
	Spoken  protocol.Dialect // the latest that a command showed that the server understood

	whole  bool   // seen from its greeting
	forced bool   // Dialect does not change
	offers string // capabilities: " IMAP4REV1 IDLE "
	sasl   saslState
	named  string // the user, as the source names it where the exchange is masked

	auth    int           // the command whose SASL exchange is in progress, or 0
	idle    int           // the IDLE in progress, or 0
	renamed int           // the last LOGIN whose user contains a secret that was known, or 0
	refused bool          // a secret that the server did not wait for may still be sent
	cur     Place         // of the command that is being sent
	last    *protocol.Row // the command of the last FeedData
	words   *Words
	clean   clean
	sure    *Words // those of them that are in the place of a secret for certain
}

// New returns the Session of a connection. MidStream reports whether its beginning
// was not captured.
func New(midStream bool) Session {
	if midStream {
		return Session{}
	}
	return Session{State: protocol.Awaited, whole: true}
}

// Words returns the secrets of the connection so far. The result is immutable, and nil
// if there are none.
func (s *Session) Words() *Words { return s.words }

// Authenticating returns the number of the command whose SASL exchange is in progress,
// or 0.
func (s *Session) Authenticating() int { return s.auth }

// Idling returns the number of the IDLE in progress, or 0.
func (s *Session) Idling() int { return s.idle }

// Continues returns the number of the command that a client's line continues, or
// 0: every line that does not look like a command belongs to a SASL exchange, because
// it is secret, and the line that ends an IDLE belongs to it. First is the line's first
// word, second its second one.
func (s *Session) Continues(first, second []byte) int {
	switch {
	case s.auth != 0 && protocol.Lookup(protocol.Command, second) == nil:
		return s.auth
	case s.idle != 0 && protocol.Lookup(protocol.Command, first).Does(protocol.EndsIdle):
		return s.idle
	}
	return 0
}

// Forget ends a command that was not answered.
func (s *Session) Forget(n int) {
	if s.auth == n {
		s.auth, s.sasl = 0, saslState{}
	}
	if s.idle == n {
		s.idle = 0
	}
}

// FeedData follows untagged data that says nothing of the connection beside that the
// server understood the command it belongs to (most data of most connections), and
// reports whether it was such data. If not, it is for Feed.
func (s *Session) FeedData(data, command *protocol.Row) bool {
	if data == nil || data.Status || data.Effect == protocol.Offers || data.Effect == protocol.Enabled || data.URLs || len(data.Moves) > 0 {
		return false
	}
	if command != s.last { // it does not change in between
		s.Understood(command)
		s.last = command
	}
	s.saw(data)
	return true
}

// Feed follows one message and adds to m.Secrets.
func (s *Session) Feed(m *Input) {
	m.SASL = nil
	switch m.Kind {
	case Request:
		s.request(m)
	case Continuation:
		s.continuation(m)
	case Greeting:
		s.coded(m.Text)
		s.announced(m.Text)
		s.respond(m.Row, protocol.Greeting)
	case Untagged:
		s.untagged(m)
	case Ready:
		s.challenge(m)
	case Tagged:
		s.tagged(m)
	}
	if m.Dir == capture.ServerToClient && s.words != nil {
		s.echoes(m)
	}
	s.urls(m)
}

// request follows a complete command.
func (s *Session) request(m *Input) {
	known, sure := s.words.Kept(), s.sure
	if !m.Done && m.Command.TakesSASL() {
		s.beginSASL(m)
	}
	s.secretsOf(m)
	if known != nil {
		s.repeats(m, known, sure)
	}
	if m.Done || m.Command == nil {
		return
	}
	switch m.Command.Lines {
	case protocol.SASLLines:
		s.auth = m.N
		m.SASL = s.sasl.report(s.words)
	case protocol.IdleLines:
		s.idle = m.N
	}
}

// continuation follows a client's line within a command.
func (s *Session) continuation(m *Input) {
	if m.N != s.auth || s.auth == 0 {
		return
	}
	s.saslLine(m)
}

// untagged follows unsolicited data.
func (s *Session) untagged(m *Input) {
	if m.Row == nil {
		return
	}
	if !m.Row.Status {
		s.Understood(m.Command) // it sent data for it
		s.saw(m.Row)
	}
	switch {
	case m.Row.Does(protocol.Offers):
		s.offered(m.Raw)
	case m.Row.Does(protocol.Enabled):
		s.enabled(m.Raw)
	case m.Row.Status:
		s.coded(m.Text)
	}
	if len(m.Row.Moves) > 0 {
		s.respond(m.Row, "")
	}
}

// tagged follows the response to a command.
func (s *Session) tagged(m *Input) {
	if s.whole && s.Dialect == protocol.UnknownDialect {
		s.raise(protocol.IMAP2)
	}
	if m.Row.Does(protocol.Succeeds) {
		s.coded(m.Text)
	}
	row := m.Command
	if m.Orphan || row == nil {
		return
	}
	if !m.Row.Does(protocol.Rejects) {
		s.Understood(exact(row, m.Request))
	}
	s.refuse(m)
	switch {
	case row.Does(protocol.LogsIn) && m.Row.Does(protocol.Succeeds):
		s.User = Argument(m.Request, row, protocol.RoleUserID)
		if s.renamed == m.N {
			s.User = s.sure.Hide(s.User, hiddenName)
		}
	case row.Lines == protocol.SASLLines:
		s.endSASL(m)
	case row.Does(protocol.Unauthenticates) && m.Row.Does(protocol.Succeeds):
		s.User, s.Name = "", ""
	case row.Does(protocol.Selects) && m.Row.Does(protocol.Succeeds):
		s.Name = s.hide(Argument(m.Request, row, protocol.RoleMailbox, protocol.RoleBBoard))
	case row.Does(protocol.Selects) && m.Row.Does(protocol.Refuses),
		// A SELECT that was not understood changed nothing.
		row.Does(protocol.Deselects) && m.Row.Does(protocol.Succeeds):
		s.Name = ""
	}
	s.complete(row, m.Row)
	s.Forget(m.N)
}

// complete changes the state according to the response to a command.
func (s *Session) complete(row, status *protocol.Row) {
	if status == nil {
		return
	}
	ok := status.Does(protocol.Succeeds)
	for i := range row.Moves {
		x := &row.Moves[i]
		if x.On != status.Name {
			continue
		}
		switch {
		case x.From.Has(s.State),
			ok && s.State == protocol.UnknownState,
			ok && x.To > s.State && x.To <= protocol.Selected: // the server decides what is permitted
			s.State = x.To
			return
		}
	}
	if s.State != protocol.UnknownState || !ok {
		return
	}
	if list := row.States.List(); len(list) == 1 {
		s.State = list[0]
	}
}

// respond changes the state according to a response; on is protocol.Greeting for the
// first one.
func (s *Session) respond(row *protocol.Row, on string) {
	if row == nil {
		return
	}
	for i := range row.Moves {
		if x := &row.Moves[i]; x.On == on && (x.From.Has(s.State) || s.State == protocol.UnknownState) {
			s.State = x.To
			return
		}
	}
}

// Close ends the connection.
func (s *Session) Close() { s.State = protocol.Closed }
