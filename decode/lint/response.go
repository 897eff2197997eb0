package lint

import (
	"imapscope/decode"
	"imapscope/decode/syntax"
)

// response looks at a message of the server; the session is as it was before it.
func (c *conn) response(m *decode.Message, tree *syntax.Node) {
	c.lengths = false
	if m.Kind == decode.Untagged && m.Text == nil && m.Txn != nil {
		c.session.Understood(m.Txn.Row) // data: the rules see it with this message already
	}
	first := !c.greeted
	c.greeted = true
	if c.doubt && (m.Kind != decode.Tagged || m.Txn.Outcome != decode.Completed) {
		return
	}
	c.doubt = false
	if first && !c.blind {
		c.greet(m)
	}
	c.texts(m)
	w := grammarWalk{conn: c, m: m}
	w.walk(tree, syntax.KindUnknown)
	switch m.Kind {
	case decode.Tagged:
		c.tagged(m)
	case decode.Ready:
		c.ready(m)
	case decode.Junk:
		if !m.Broken && !c.blind {
			c.found(noResponseLine, all(m), "neither \"*\" nor \"+\" nor a tag, or a tag that no command has")
		}
	case decode.Untagged:
		c.untagged(m, tree)
		if m.Word == "FETCH" || m.Word == "STORE" {
			c.fetched(m, tree)
		}
	}
	c.after(m)
	if m.Word == "BYE" {
		c.bye = true
	}
}

// responded looks again when the session has followed the message.
func (c *conn) responded(m *decode.Message) {
	if c.lengths {
		c.sizes(m)
	}
}
