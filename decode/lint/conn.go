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

// conn is one connection that is looked at.
type conn struct {
	*Linter
	capture.Conn
	session *session.Model
	told    map[*Rule]int

	next       [2]int64     // stream position behind the last message
	last       time.Time    // when something was said last
	startTLS   [2]time.Time // when STARTTLS came, and its OK
	cutShort   *shortLiteral
	closing    *decode.Closed // if these are the connection's last events
	requests   int            // so far
	answered   int            // the last command that had a response
	unanswered int            // commands that had no response when the connection ended

	held []heldBack // findings that are not sure yet

	known *session.Words // secrets that no finding may repeat

	greeted   bool // a first response was seen, or will not be
	said      bool // the server said something
	blind     bool // what came before is not known: no rule about state fires
	gap       bool // octets are missing in this message, or before it
	doubt     bool // framing of the server's side was lost: what looks like a response may be mail
	noBox     bool // nor about the mailbox
	secure    bool // STARTTLS was answered OK
	upgraded  bool
	bye       bool
	loggedOut bool // LOGOUT was sent
	stray     bool // a command with a literal was refused: the server may answer the literal too
	quoteTold bool // serverNotCharacter was told
	lengths   bool // the message says something about a length

	againIn int // the last transaction that octets came again in

	habits habits
	out    []command // outstanding, oldest first
}

func newConn(l *Linter, c capture.Conn, s *session.Model) *conn {
	return &conn{
		Linter: l, Conn: c, session: s, told: make(map[*Rule]int),
		greeted: c.MidStream, blind: c.MidStream, noBox: c.MidStream,
	}
}

// event looks at one event and then lets the session's model follow it.
func (c *conn) event(e decode.Event) {
	switch e := e.(type) {
	case *decode.Message:
		c.message(e)
	case *decode.Transaction:
		c.known = e.Known
		c.transaction(e)
		decode.Follow(&c.world, c.ID, e)
	case *decode.Again:
		c.again(e)
	case *decode.Upgrade:
		c.upgraded = true
	case *decode.Closed:
		c.closed(e)
		decode.Follow(&c.world, c.ID, e)
	}
}

// message looks at one message. The rules see the session as it was before it.
func (c *conn) message(m *decode.Message) {
	c.known = m.Known
	c.follow(m)
	switch {
	case m.Kind == decode.Junk && m.Dir == capture.ClientToServer: // a blank line: no request, and no rule is about it
	case m.Kind == decode.Request:
		c.request(m, c.parser.Request(&m.Message))
		decode.FollowParsed(&c.world, c.ID, m, nil)
	case m.Kind == decode.Continuation:
		decode.FollowParsed(&c.world, c.ID, m, nil)
	default:
		tree := c.parser.Response(&m.Message)
		c.response(m, tree)
		decode.FollowParsed(&c.world, c.ID, m, tree)
		c.responded(m)
		c.said = true
	}
	if c.closing == nil || !m.Broken {
		c.last = m.End
	}
}

// place is octets that a finding speaks of.
type place struct {
	dir      capture.Direction
	off, len int64
	span     wire.Span
	time     time.Time
	txn      int
}

// at is a part of a message.
func at(m *decode.Message, s wire.Span) place {
	p := place{dir: m.Dir, off: m.Off + int64(s.Start), len: int64(s.Len()), span: s, time: m.Time}
	if m.Elided > 0 {
		before := m.ElidedBefore(s.Start + 1)
		p.off += before
		p.len += max(m.ElidedBefore(s.End)-before, 0)
	}
	if m.Txn != nil {
		p.txn = m.Txn.N
	}
	return p
}

// all is a whole message.
func all(m *decode.Message) place { return at(m, wire.Span{End: len(m.Raw)}) }

// node is what a node covers.
func node(m *decode.Message, n *syntax.Node) place { return at(m, n.Span) }

// found tells a finding.
func (c *conn) found(r *Rule, p place, text string) { c.foundAs(r, r.Severity, r.Verdict, p, text) }

// foundAs tells a finding that is milder than its rule, or someone else's doing.
func (c *conn) foundAs(r *Rule, s Severity, v Verdict, p place, text string) {
	if r.Later || c.session.Spoken < protocol.IMAP4 {
		c.foundAlways(r, s, v, p, text)
	}
}

// foundAlways reports a finding that holds in every dialect, whatever its rule does.
func (c *conn) foundAlways(r *Rule, s Severity, v Verdict, p place, text string) {
	if c.off[r] || s < c.least {
		return
	}
	n := c.told[r] + 1
	if n > MaxFindings || r.Once && n > 1 && s <= r.Severity {
		return
	}
	c.told[r] = n
	if n == MaxFindings {
		text += "; more of these on this connection are not told"
	}
	text = c.known.Hide(text, "********")
	c.report(Finding{
		Rule: r, Severity: s, Verdict: v, Conn: c.ID, Txn: p.txn, Dir: p.dir,
		Off: p.off, Len: p.len, Span: p.span, Time: p.time, Message: text,
	})
}
