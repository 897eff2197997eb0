package mock

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/script"
)

// beforeRecording reports whether a command leads to where the recording begins.
func (c *client) beforeRecording(t *decode.Transaction) bool {
	return c.s().Conn.MidStream && c.next == 1 && opens(t.Row)
}

// beginning answers a command that leads to where the recording begins: any user and any
// SASL responses will do.
func (c *client) beginning(tag string) {
	if c.sasl > 0 {
		c.send([]byte("+ \r\n"))
		return
	}
	c.send([]byte(tag + " OK the recording begins after this\r\n"))
}

// linesOf returns how many SASL lines follow a request.
func linesOf(m *decode.Message) int {
	n := 0
	if m.Txn.Row.TakesSASL() {
		n = 1
		if m.Txn.Mechanism() == protocol.MechanismLogin { // a user name, then a password
			n = 2
		}
		if len(m.Secrets) > 0 { // the first is in the request (RFC 4959)
			n--
		}
	}
	return n
}

// cancels reports whether a line cancels an AUTHENTICATE that the recorded client did not
// cancel (RFC 3501, section 6.2.2).
func (c *client) cancels(p *playing, line []byte) bool {
	x := c.sessions[p.session].Exchanges[p.exchange]
	return x.IsLogin() && x.Row.TakesSASL() && string(bytes.TrimRight(line, "\r\n")) == "*"
}

// saslLines compares the SASL exchange that the client has begun with the recorded one that
// answers it, if that succeeded. Come is how many lines of the recorded one the client has
// no need of, because the first was in its request or its mechanism has fewer; more how many
// it has beyond them.
func (c *client) saslLines(x *script.Exchange) (come, more int) {
	h := c.heard
	if h == nil || h.Txn == nil || !h.Txn.Row.TakesSASL() || !x.IsLogin() || !x.Row.TakesSASL() {
		return 0, 0
	}
	lines, initial := 0, 0
	for _, m := range x.Messages {
		switch {
		case m.Kind == decode.Continuation:
			lines++
		case m.Kind == decode.Request && len(m.Secrets) > 0:
			initial = 1
		}
	}
	less := lines - linesOf(h)
	if h.Txn.Mechanism() == x.Mechanism() { // it may have more lines than linesOf knows
		less = min(len(h.Secrets), 1) - initial
	}
	return max(less, 0), max(-less, 0)
}
