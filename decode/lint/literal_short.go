package lint

import (
	"bytes"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

var literalShort = &Rule{
	ID: "S036", Title: "literal shorter than its count", Severity: Error, Verdict: Server, Later: true,
	Ref:         of1176("Conventions", "LITERAL", 9),
	Explanation: "The connection ended before the announced number of octets came, and among those that did is the response to a command. The client waits for bytes that never come, and takes responses for text.",
	Advice:      "Count octets as they are sent, CR LF as two.",
	Bad:         "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {99}\nS: 12345678)\nS: a1 OK done\n# closed\n",
	Good:        "# INBOX selected, 9 messages\nC: a1 FETCH 2 RFC822.TEXT\nS: * 2 FETCH (RFC822.TEXT {8}\nS: 12345678)\nS: a1 OK done\n",
}

// shortLiteral is a finding that counts if the connection was ended, not the capture.
type shortLiteral struct {
	place place
	text  string
}

// short looks for the response to an outstanding command in a literal that has no end.
func (c *conn) short(m *decode.Message) {
	n := len(m.Literals)
	if m.Dir != capture.ServerToClient || !m.Broken || m.Lost > 0 || n == 0 {
		return
	}
	l := &m.Literals[n-1]
	if l.State != wire.Partial || l.Body.End != len(m.Raw) {
		return
	}
	for line := range bytes.Lines(l.Body.Of(m.Raw)) {
		tag, rest, _ := bytes.Cut(line, []byte(" "))
		if word, _, _ := bytes.Cut(rest, []byte(" ")); len(word) > 3 || !wire.IsStatus(word) {
			continue
		}
		for i := range c.out {
			if t := c.out[i].tag; t == string(tag) && t != "*" && t != "+" && t != "" {
				came := m.ElidedBefore(len(m.Raw)+1) - m.ElidedBefore(l.Body.Start) + int64(l.Body.Len())
				c.cutShort = &shortLiteral{at(m, l.Head), fmt.Sprintf("%d octets announced, %d came before the connection ended, the response to %s among them", l.Size, came, t)}
				return
			}
		}
	}
}

// shortened reports what short found once the connection has ended.
func (c *conn) shortened(e *decode.Closed) {
	if s := c.cutShort; s != nil && over(e.Cause) {
		c.found(literalShort, s.place, s.text)
	}
}
