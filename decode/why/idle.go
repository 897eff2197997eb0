package why

import (
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/account"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

// idle is an IDLE.
type idle struct {
	Evidence
	heard time.Time // the server's last line, "+" included; zero before it
	news  int       // lines of the server after "+"
	done  time.Time // when the client ended it

	on    place       // the mailbox that was open
	end   time.Time   // zero while it is in progress
	grown []time.Time // when EXISTS came, the first maxGrown
}

// maxGrown is how often EXISTS is kept of an IDLE.
const maxGrown = 64

// follow follows the messages of an IDLE.
func (c *conn) followIdle(m *decode.Message) {
	switch {
	case m.Kind == decode.Request && m.Row.Does(protocol.Idles):
		c.idle = &idle{Evidence: Evidence{Conn: c.ID, Dir: m.Dir, Off: m.Off, Len: m.Len, Time: m.End, Text: safe(m.Word)}}
		if m.Txn != nil {
			c.idle.Txn = m.Txn.N
		}
		if c.session != nil {
			c.idle.on = placeOf(c, c.session.User, c.session.Name)
		}
	case c.idle == nil:
	case m.Dir == capture.ClientToServer:
		if c.idle.done.IsZero() {
			c.idle.done = m.End
		}
	case m.Kind == decode.Tagged:
		c.waited(c.idle, m.End)
		c.idle = nil
	default:
		if m.Row.Does(protocol.CountsMessages) && len(c.idle.grown) < maxGrown {
			c.idle.grown = append(c.idle.grown, m.End)
		}
		if !c.idle.heard.IsZero() {
			c.idle.news++
		}
		c.idle.heard = m.End
	}
}

// lostIdle finds an IDLE in which the connection ended, and the server's refusal of one.
func lostIdle(c *conn) []Reason {
	if c.idle == nil || !c.over && !c.idleTimedOut() {
		return refusedIdle(c)
	}
	r := Reason{Severity: lint.Error, Verdict: Network, Evidence: []Evidence{c.idle.Evidence}}
	lasted := max(c.closed.Sub(c.idle.Time), 0)
	switch {
	case c.has("N013"):
		r.Sentence = fmt.Sprintf("The connection died while the client waited in IDLE: it waited for %s; the server's last word %s; then %s: a NAT or a firewall on the way had dropped the connection.",
			span(lasted), c.idle.lastWord(), c.idle.death(c))
		r.Remedy = "Have the client end IDLE and start it again more often than the device drops idle connections, use TCP keep-alive, or raise the device's timeout."
	case c.idleTimedOut():
		r.Verdict = Client
		lasted = max(c.bye.Time.Sub(c.idle.Time), 0)
		r.Sentence = fmt.Sprintf("The server ended IDLE after %s, BYE %s: the client had not renewed it in time.", span(lasted), c.bye.said())
		r.Remedy = "Send DONE and IDLE again before the server's limit, every 29 minutes at the latest; reconnect when the connection has ended."
		r.Severity = lint.Warning
		r.Evidence = append(r.Evidence, c.bye.Evidence)
	case c.bye != nil || !c.cut || !c.idle.done.IsZero():
		return nil
	case c.idle.heard.IsZero():
		r.Verdict = Server
		r.Sentence = fmt.Sprintf("The server ended the connection, %s, when the client sent IDLE: it never confirmed it.", c.how)
		r.Remedy = "Look at the server's log at this time. Poll with NOOP where IDLE does not work."
	default:
		r.Verdict = Server
		r.Severity = lint.Warning
		r.Sentence = fmt.Sprintf("The connection ended while the client waited in IDLE, %s without BYE, after %s; the server's last word %s: no updates came from then on.", c.how, span(lasted), c.idle.lastWord())
		r.Remedy = "Look at the server's log at this time, and at what is on the way: a proxy, a load balancer, a firewall. Have the client reconnect when it sees the end."
	}
	return []Reason{r}
}

// idleTimedOut reports whether the server ended the IDLE with a BYE because it lasted too long. Logs
// often end there, without the end of the connection.
func (c *conn) idleTimedOut() bool {
	return c.idle != nil && c.bye != nil && c.bye.Txn == c.idle.Txn && anyWord(c.bye.text, idleWords)
}

// lastWord says when the server was heard last.
func (i *idle) lastWord() string {
	after := max(i.heard.Sub(i.Time), 0)
	switch {
	case i.heard.IsZero():
		return "was before it"
	case i.news == 0:
		return `was its "+", at the beginning`
	}
	return "was after " + span(after)
}

// death says how a connection ended that had gone deaf.
func (i *idle) death(c *conn) string {
	again := ""
	if c.again > 0 {
		again = fmt.Sprintf(", which was sent again %s,", times(c.again))
	}
	switch {
	case i.done.IsZero():
		return "the network reset it"
	case c.reset && c.closedFirst == decode.ClientSide:
		return fmt.Sprintf("the client's next line%s had no answer for %s, and the client gave up", again, span(max(c.closed.Sub(i.done), 0)))
	case c.reset:
		return fmt.Sprintf("the network reset it, in answer to the client's next line%s", strings.TrimSuffix(again, ","))
	}
	return fmt.Sprintf("the client's next line%s had no answer for %s", again, span(max(c.closed.Sub(i.done), 0)))
}

// refusedIdle finds an IDLE that the server refused, or never confirmed, on a connection where
// none worked.
func refusedIdle(c *conn) []Reason {
	for _, n := range c.order {
		x := c.refused[n]
		if !x.idle || c.idled || x.waited || c.has("C103") {
			continue
		}
		r := Reason{Severity: lint.Warning, Verdict: Client, Evidence: []Evidence{x.Evidence}}
		r.Sentence = fmt.Sprintf("The server refuses IDLE, so the client learns of new mail only when it asks: %s.", x.answer())
		r.Remedy = "Poll with NOOP, or with STATUS, where a server does not offer IDLE."
		if x.offersIdle {
			r.Verdict = Server
			r.Sentence = fmt.Sprintf("The server lists IDLE but refuses it, so the client learns of new mail only when it asks: %s.", x.answer())
		}
		return []Reason{r}
	}
	return nil
}

// named is the name of an account in a Reason.
func named(u *account.Account) string {
	if u.User == "" {
		return u.Server
	}
	return u.User + " at " + u.Server
}
