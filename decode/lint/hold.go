package lint

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// found is a finding before it is reported.
type found struct {
	*entry
	severity Severity
	verdict  Verdict
	place    place
	text     string
	event    decode.Event // see Finding.Event
	always   bool         // it applies in every dialect, whatever the rule says
	tag      uint64       // a hash of the transaction's, 0 outside any
	acts     *decode.Acts // on the transaction
	waited   bool         // the other leg of a proxy has had the time to have it too
}

// held is a finding that is reported only if no bytes of one side were lost before
// that side's next message: a command whose greeting was not captured was not too
// early, and a response whose command was not captured is not an orphan. A loss is
// known only when something follows it.
type held struct {
	needs capture.Direction
	found
}

// maxHeld is the maximum number of waiting findings; beyond it the oldest is reported.
const maxHeld = 16

// hold keeps a finding until it is certain that no bytes of one side were lost.
func (c *conn) hold(needs capture.Direction, f found) {
	if len(c.held) == maxHeld {
		oldest := c.held[0]
		c.held = append(c.held[:0], c.held[1:]...)
		c.emit(oldest.found)
	}
	c.held = append(c.held, held{needs, f})
}

// release reports the findings that waited for one side, or drops them.
func (c *conn) release(side capture.Direction, sure bool) {
	if len(c.held) == 0 {
		return
	}
	kept := c.held[:0]
	for _, h := range c.held {
		switch {
		case h.needs != side:
			kept = append(kept, h)
		case sure:
			c.emit(h.found)
		}
	}
	clear(c.held[len(kept):])
	c.held = kept
}

// secretMask replaces a secret in the text of a finding.
const secretMask = "********"

// emit reports a finding, unless it is disabled or past the limit of its rule.
func (c *conn) emit(f found) {
	guessed := c.guessed || c.headless && c.world.Dialect == protocol.UnknownDialect && f.severity > Note
	if guessed && !f.Later && !f.Common && !f.always {
		f.severity, f.text = min(f.severity, Note), "in "+protocol.IMAP2.String()+": "+f.text
	}
	if f.off || f.severity < c.least || !f.Later && !f.always && c.isIMAP4() {
		return
	}
	n := c.counts[f.index] + 1
	if n > MaxFindings || f.Once && n > 1 && f.severity <= f.Severity {
		return
	}
	c.counts[f.index] = n
	if n == MaxFindings {
		f.text += "; further findings of this rule on this connection are not reported"
	}
	f.text = c.known.Hide(f.text, secretMask)
	c.send(&f)
}

// send reports a finding, unless it is one of the other leg of a proxy.
func (c *conn) send(f *found) {
	made, after, other := c.attribute(f)
	if other {
		return
	}
	if made != "" {
		f.verdict = Proxy
	}
	c.sink(Finding{
		MadeBy: c.known.Hide(made, secretMask), After: c.known.Hide(after, secretMask), Leg: c.leg,
		Rule: f.Rule, Severity: f.severity, Verdict: f.verdict, Conn: c.ID, Txn: f.place.txn, Dir: f.place.dir,
		Off: f.place.off, Len: f.place.len, Span: f.place.span, Time: f.place.time, Message: f.text, Event: f.event,
	})
}

// ending holds what is certain only once the connection has ended: messages that broke
// off, and commands without a response. Anything that follows shows that it was not
// the end.
type ending struct {
	broken     [2]*decode.Message // by direction
	unanswered []unanswered
}

// unanswered is a command without a response.
type unanswered struct {
	txn       *decode.Transaction
	cmd       command
	swallowed bool // its response is within a literal
}

// brokeOff keeps a message that may be the last of its side.
func (e *ending) brokeOff(m *decode.Message) {
	c := m.Clone()
	if m.Txn != nil {
		c.Txn = m.Txn.Clone()
	}
	e.broken[m.Dir] = c
}

// abandon keeps a command that may be one of the last.
func (e *ending) abandon(t *decode.Transaction, cmd *command) {
	e.unanswered = append(e.unanswered, unanswered{txn: t.Clone(), cmd: *cmd})
}

// answeredBy returns the command that a response with this tag would answer, or nil.
func (e *ending) answeredBy(tag []byte) *unanswered {
	for i := range e.unanswered {
		u := &e.unanswered[i]
		if t := u.txn.Tag; !u.swallowed && t == string(tag) && t != "" && t != protocol.TagUntagged && t != protocol.TagReady {
			return u
		}
	}
	return nil
}

// discard drops what was kept, because another message followed.
func (e *ending) discard(m *decode.Message) {
	e.broken[m.Dir] = nil
	clear(e.unanswered)
	e.unanswered = e.unanswered[:0]
}

// within reports whether the connection ended within a message.
func (e *ending) within() bool {
	return e.broken[capture.ClientToServer] != nil || e.broken[capture.ServerToClient] != nil
}

// waited returns the longest time that the client has waited, until a given time, for
// something due from the server.
func (e *ending) waited(until time.Time) time.Duration {
	var longest time.Duration
	for i := range e.unanswered {
		if u := &e.unanswered[i]; !u.cmd.clientsTurn(u.txn) {
			longest = max(longest, until.Sub(u.cmd.end))
		}
	}
	return longest
}

// due reports whether something was due from the server when the connection ended.
func (e *ending) due() bool {
	for i := range e.unanswered {
		if u := &e.unanswered[i]; !u.cmd.clientsTurn(u.txn) {
			return true
		}
	}
	return e.broken[capture.ServerToClient] != nil
}
