package tls

import (
	"bytes"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// maxCommand bounds a client's STARTTLS line; a longer line is not STARTTLS.
const maxCommand = 512

// fromClient reads what the client says before login.
type fromClient struct {
	f       wire.Framer
	held    []byte // of a line that may be STARTTLS
	holding bool
	inside  bool   // of a message
	counted bool   // the message is among the commands
	tag     string // its tag

	counts func(*protocol.Row) // if set, is called for each command, with nil for an unknown one
}

func (c *fromClient) init() { c.f.Init(true, maxLine, new(wire.Pool)) }

// consume reads a chunk up to a STARTTLS. It returns what to forward to the server now,
// that STARTTLS (valid until the next call), and the bytes after it. Forwarded commands
// are added to p. If through, STARTTLS is one of them.
func (c *fromClient) consume(b []byte, p *pending, through bool) (out, starttls, rest []byte) {
	for len(b) > 0 {
		n, mark := c.f.Write(b)
		piece := b[:n]
		b = b[n:]
		if !c.inside {
			sasl := p.sasl()
			c.inside, c.holding, c.counted = true, !sasl && !through, sasl
		}
		if !c.holding {
			out = append(out, piece...)
		} else if c.held = append(c.held, piece...); mark != wire.End && !c.mayStart() {
			out = append(out, c.release()...)
		}
		switch mark {
		case wire.Head:
			c.count(p)
		case wire.End:
			if c.isStart() {
				starttls = c.release()
				c.f.Reset()
				c.inside = false
				return out, starttls, b
			}
			out = append(out, c.release()...)
			c.count(p)
			c.f.Reset()
			c.inside = false
		}
	}
	return out, nil, nil
}

func (c *fromClient) count(p *pending) {
	if !c.counted {
		c.counted = true
		var row *protocol.Row
		c.tag, row = p.add(c.f.Message().Raw)
		if c.counts != nil {
			c.counts(row)
		}
	}
}

// refused must be called for every tagged NO or BAD: a literal that the command announced
// and did not begin will not be sent (RFC 1176, "Responses": + text, p. 21).
func (c *fromClient) refused(tag string) {
	if c.f.AtLiteral() && c.counted && c.tag == tag {
		c.f.Refuse()
		c.f.Reset()
		c.inside = false
	}
}

// mayStart reports whether the line held may still become STARTTLS.
func (c *fromClient) mayStart() bool {
	if len(c.held) > maxCommand || bytes.IndexByte(c.held, '\n') >= 0 { // a literal follows
		return false
	}
	_, _, m := matchStartTLS(c.held)
	return m != no
}

func (c *fromClient) isStart() bool {
	if !c.holding || len(c.held) > maxCommand || len(c.f.Message().Literals) > 0 {
		return false
	}
	_, _, m := matchStartTLS(c.held)
	return m == yes
}

// release returns what was held. It is valid until more is held.
func (c *fromClient) release() []byte {
	h := c.held
	c.holding, c.held = false, c.held[:0]
	return h
}
