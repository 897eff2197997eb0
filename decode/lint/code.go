package lint

import (
	"bytes"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// coded runs the rules about the code that the text of a status begins with.
func (c *conn) coded(m *decode.Message) {
	if len(m.Text) == 0 || m.Text[0] != '[' {
		return
	}
	end := bytes.IndexByte(m.Text, ']')
	if end < 0 {
		return
	}
	p := &c.pass
	name, args, _ := bytes.Cut(m.Text[1:end], []byte(" "))
	p.code, p.args = protocol.Lookup(protocol.Code, name), args
	start := len(m.Raw) - len(m.Text) - trailing(m.Raw)
	p.span = wire.Span{Start: start, End: start + end + 1}
	c.dispatch(OnCode)
	c.relist = c.relist || p.code.Does(protocol.Offers)
}

// trailing returns the length of the line end of b.
func trailing(b []byte) int { return len(b) - len(line(b)) }

// line returns b without its line end.
func line(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\r' || b[len(b)-1] == '\n') {
		b = b[:len(b)-1]
	}
	return b
}
