package lint

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// command is what is remembered of a command until its response has come.
type command struct {
	n        int
	tag      string
	name     string
	place    place // its words up to the name
	end      time.Time
	faulty   bool             // the request itself had an error
	dialect  protocol.Dialect // that brought its name
	hidden   bool             // its tag or name may be a secret
	known    bool             // some RFC has it
	lits     int              // literals of the client's
	unwaited bool             // one of them was sent at once
	lossy    bool             // some of it, or what may be its response, was not captured
	noReady  bool             // one was announced, and never asked for
	mistaken bool             // a response with another tag was most likely its

	long  bool          // its line is longer than longest
	later string        // what it asks for that RFC 1176 does not have
	took  time.Duration // from its first octet to its last

	piped   bool   // sent while another was outstanding
	single  uint64 // see single
	again   bool   // what it asks for was sent before
	unknown bool   // it asks for something that session.Items has no name for

	sequence syntax.Sequence // of FETCH, STORE and COPY; nil for the UID forms
	asked    session.Items   // by FETCH
	shown    int             // responses that had all that was asked for of the text
}

// maxRanges is how many ranges of a sequence are remembered; beyond it the
// sequence counts as unknown.
const maxRanges = 64

// outstanding is the command of a transaction; nil if it is not known.
func (c *conn) outstanding(t *decode.Transaction) *command {
	if t == nil {
		return nil
	}
	for i := range c.out {
		if c.out[i].n == t.N {
			return &c.out[i]
		}
	}
	return nil
}

// pending reports whether one of these commands has no response yet.
func (c *conn) pending(names ...string) bool {
	for i := range c.out {
		for _, n := range names {
			if c.out[i].name == n {
				return true
			}
		}
	}
	return false
}

var (
	notPermitted = &Rule{
		ID: "C002", Title: "command not permitted in this state", Severity: Error, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 6),
		Explanation: "Until someone has logged in, only LOGIN and LOGOUT are permitted; until a mailbox is selected, nothing that acts on one.",
		Advice:      "Wait for the OK to LOGIN and SELECT before giving commands that need them.",
		Bad:         "# greeted\nC: a1 SELECT INBOX\nS: a1 BAD log in first\n",
		Good:        "# logged in\nC: a1 SELECT INBOX\nS: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\nS: * 1 EXISTS\nS: * 0 RECENT\nS: a1 OK selected\n",
	}
	laterCommand = &Rule{
		ID: "C018", Title: "command, or part of one, of a later dialect", Severity: Note, Verdict: Client,
		Ref:         of1176("Definitions of Commands and Responses", "", 10),
		Explanation: "The client tried a command that came after RFC 1176, and the server does not know it. That is how a client finds out; it costs a round trip.",
		Advice:      "Nothing, if the client then goes on with what IMAP2 has.",
		Bad:         "# greeted\nC: a1 CAPABILITY\nS: a1 BAD unknown command\n",
		Good:        "# greeted\nC: a1 NOOP\nS: a1 OK done\n",
	}
)

// begin remembers a command.
func (c *conn) begin(m *decode.Message, tree *syntax.Node) *command {
	if len(c.out) >= decode.MaxOutstanding {
		c.out = append(c.out[:0], c.out[1:]...)
	}
	t := m.Txn
	head := wire.Span{}
	for i := range tree.Kids {
		if k := tree.Kids[i].Kind; k == syntax.KindTag || k == syntax.KindCommand {
			head.End = tree.Kids[i].Span.End
		}
	}
	c.out = append(c.out, command{n: t.N, tag: t.Tag, name: t.Command, place: at(m, head), end: m.End, took: m.End.Sub(m.Time), lits: len(m.Literals), lossy: c.gap || m.Broken})
	return &c.out[len(c.out)-1]
}

// end forgets a command.
func (c *conn) end(n int) {
	for i := range c.out {
		if c.out[i].n == n {
			c.out = append(c.out[:i], c.out[i+1:]...)
			return
		}
	}
}

// completed looks at a command whose response has come; the session is as it was
// before.
func (c *conn) completed(m *decode.Message, x *command) {
	t := m.Txn
	switch {
	case !x.known:
		if m.Word == "BAD" && t.Command != "" {
			text := "no command is called so"
			if !x.hidden {
				text += ": " + quote([]byte(t.Command))
			}
			c.found(unknownCommand, x.place, text)
		}
	case x.dialect == protocol.IMAP2:
		if x.later != "" && m.Word == "BAD" {
			c.found(laterCommand, x.place, "it asks for "+x.later+", which is not in RFC 1176, and the server does not know it")
		}
	case m.Word == "BAD":
		c.found(laterCommand, x.place, t.Command+" is not in RFC 1176, and the server does not know it")
	}
	if set, ok := session.Permitted(t.Command); ok && !c.blind && !set.Has(c.session.State) && (m.Word == "NO" || m.Word == "BAD") {
		x.faulty = true
		c.found(notPermitted, x.place, t.Command+" in the state \""+c.session.State.String()+"\"; the server said "+m.Word)
	}
	if m.Word == "OK" {
		switch t.Command {
		case "LOGIN", "AUTHENTICATE":
			c.blind = false
		case "SELECT", "BBOARD", "EXAMINE":
			c.blind, c.noBox = false, false
		case "STARTTLS":
			c.secure = true
			c.startTLS[capture.ServerToClient] = m.End
		}
	}
}

// transaction looks at a command that is over.
func (c *conn) transaction(t *decode.Transaction) {
	if x := c.outstanding(t); x != nil && t.Outcome == decode.Completed {
		c.measure(t, x)
	}
	if t.Outcome == decode.Abandoned {
		c.endHabits()
		if c.closing != nil {
			c.unanswered++
		}
		c.abandoned(t)
	}
	c.end(t.N)
}

// lookupCommand finds a command as decode.Transaction names it.
func lookupCommand(name string) *protocol.Row {
	if name == "FIND" {
		name = "FIND MAILBOXES"
	}
	return protocol.Lookup(protocol.Command, name)
}

var (
	noLogout = &Rule{
		ID: "C016", Title: "connection dropped without LOGOUT", Severity: Warning, Verdict: Client, Later: true,
		Ref:         of1176("The Protocol", "", 8),
		Explanation: "The client terminates the session with LOGOUT. A server that is not told may keep the mailbox locked, or not write what was changed.",
		Advice:      "Send LOGOUT, and wait for its OK, before closing.",
		Bad:         "# logged in\n# closed\n",
		Good:        "# logged in\nC: a1 LOGOUT\nS: * BYE\nS: a1 OK\n# closed\n",
	}
)

// closed looks at the end of a connection.
func (c *conn) closed(e *decode.Closed) {
	end := place{dir: capture.ClientToServer, off: c.next[capture.ClientToServer], time: e.Time}
	for dir := range c.next {
		c.release(capture.Direction(dir), c.missingAt(e, capture.Direction(dir)) == 0)
	}
	c.endHabits()
	c.shortened(e)
	cut := c.ended(e)
	switch {
	case c.upgraded || c.MidStream || e.Lost[capture.ServerToClient] > 0:
	case !c.said && over(e.Cause):
		c.found(noGreeting, place{dir: capture.ServerToClient, time: e.Time}, "the connection ended, and the server had said nothing")
	}
	if over(e.Cause) && !cut && !c.upgraded && !c.bye && !c.loggedOut && c.said && e.Lost[capture.ClientToServer]+e.Lost[capture.ServerToClient] == 0 {
		c.found(noLogout, end, "closed in the state \""+c.session.State.String()+"\"")
	}
}
