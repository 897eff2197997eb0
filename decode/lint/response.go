package lint

import (
	"imapscope/decode"
	"imapscope/decode/syntax"
)

// response looks at a message of the server.
func (c *conn) response(m *decode.Message, _ *syntax.Node) {
	if m.Kind == decode.Tagged {
		if x := c.outstanding(m.Txn); x != nil {
			c.completed(m, x)
		}
	}
	if m.Word == "BYE" {
		c.bye = true
	}
	c.greeted = true
}
