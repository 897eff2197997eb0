package lint

import (
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

var (
	readyUnasked = &Rule{
		ID: "S010", Title: "ready that nobody waits for", Severity: Warning, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "\"+\" says that the server is ready for the text of a literal. No literal was announced.",
		Advice:      "Look whether the server took the end of a line for an announcement.",
		Bad:         "# logged in\nC: a1 NOOP\nS: + ready\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
	}
	readyLate = &Rule{
		ID: "S011", Title: "ready that comes only after the literal", Severity: Note, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "The client had not waited, so it may be a \"+\" that crossed the literal on its way. There are servers that say \"+\" only when they have the octets: a client that waits then hangs (S012).",
		Advice:      "Try the same with a client that waits.",
		Bad:         "# greeted\nC: a1 LOGIN fred {6}\nC: secret\nS: + ready\nS: a1 OK done\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
	}
	readyNever = &Rule{
		ID: "S012", Title: "literal that was never asked for", Severity: Error, Verdict: Server, Later: true,
		Ref:         of1176("Responses", "+ text", 21),
		Explanation: "The client announced a literal and waited for \"+\", or for a refusal. Neither came.",
		Advice:      "Send \"+\" as soon as the line with the announcement has come.",
		Bad:         "# greeted\nC: a1 LOGIN fred {6}\n# 30s later\n# closed\n",
		Good:        "# greeted\nC: a1 LOGIN fred {6}\nS: + ready\nC: secret\nS: a1 OK done\n",
	}
)

// patience is how long a client waits for "+" at least before it can be said to have
// waited: longer than any round trip.
const patience = time.Second

// ready looks at a "+".
func (c *conn) ready(m *decode.Message) {
	t := m.Txn
	x := c.outstanding(t)
	switch {
	case c.blind:
	case t == nil:
		c.foundIf(capture.ClientToServer, readyUnasked, all(m), "no command is outstanding")
	case t.Row.TakesLines() || x == nil || x.lossy: // x is nil while the request is still coming
	case t.Ready > x.lits:
		c.foundIf(capture.ClientToServer, readyUnasked, all(m), fmt.Sprintf("%s has no literal that is still to come", orThat(x)))
	case x.unwaited && x.took >= patience:
		c.foundAs(readyLate, Error, Server, all(m), fmt.Sprintf("the client announced a literal and sent it %s later, still without \"+\"", x.took.Round(time.Millisecond)))
	case x.unwaited:
		c.found(readyLate, all(m), "the literal had been sent before")
	}
}

func orThat(x *command) string {
	if x.known {
		return x.name
	}
	return "the command"
}

// awaitsReady reports whether a request broke off where a literal should begin.
func awaitsReady(m *decode.Message) bool {
	n := len(m.Literals)
	if !m.Broken || m.Dir != capture.ClientToServer || n == 0 {
		return false
	}
	l := &m.Literals[n-1]
	return l.State == wire.Partial && l.Body.Len() == 0 && !l.Waited && l.Size > 0
}

// neverAsked looks at a request that broke off where a literal should begin.
func (c *conn) neverAsked(m *decode.Message, x *command) {
	if c.closing == nil || c.blind || !awaitsReady(m) {
		return
	}
	x.noReady = true
	if over(c.closing.Cause) {
		head := m.Literals[len(m.Literals)-1].Head
		c.found(readyNever, at(m, head), fmt.Sprintf("neither \"+\" nor a refusal within %s", c.closing.Time.Sub(m.Time).Round(time.Millisecond)))
	}
}
