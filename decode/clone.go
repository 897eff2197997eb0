package decode

import (
	"bytes"
	"slices"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// Clone returns a message in memory of its own, which stays when the event is gone. Its Txn
// is the same as m's, and is gone with the event.
func (m *Message) Clone() *Message {
	c := &Message{
		Dir: m.Dir, Kind: m.Kind, Time: m.Time, End: m.End, Off: m.Off, Len: m.Len, Lost: m.Lost,
		Broken: m.Broken, Message: m.Message, Row: m.Row, Word: m.Word, Number: m.Number, Txn: m.Txn, Ambiguous: m.Ambiguous,
		Secrets: slices.Clone(m.Secrets), Known: m.Known, SASL: m.SASL, Leg: m.Leg, Acts: m.Acts.Clone(),
	}
	c.Raw = bytes.Clone(m.Raw)
	c.Literals, c.Gaps = slices.Clone(m.Literals), slices.Clone(m.Gaps)
	c.Tag, c.Text = within(c.Raw, m.Raw, m.Tag), within(c.Raw, m.Raw, m.Text)
	return c
}

// within returns the part of own that corresponds to part in raw.
func within(own, raw, part []byte) []byte {
	if len(part) == 0 {
		return nil
	}
	if from := cap(raw) - cap(part); from >= 0 && from+len(part) <= len(own) && &raw[from] == &part[0] {
		return own[from : from+len(part)]
	}
	return bytes.Clone(part)
}

// Clone returns a transaction in memory of its own, which stays when the event is gone.
func (t *Transaction) Clone() *Transaction {
	c := *t
	c.Request.Raw = bytes.Clone(t.Request.Raw)
	c.Request.Literals, c.Request.Gaps = slices.Clone(t.Request.Literals), slices.Clone(t.Request.Gaps)
	c.Data, c.Literals, c.Secrets = slices.Clone(t.Data), slices.Clone(t.Literals), slices.Clone(t.Secrets)
	c.Acts = t.Acts.Clone()
	c.reqBuf, c.reqLits, c.asks = nil, nil, nil
	return &c
}

// Parse returns the tree of the message, by the grammar for its kind. It is valid until
// the next use of p.
func (m *Message) Parse(p *syntax.Parser) *syntax.Node {
	switch m.Kind {
	case Request:
		return p.Request(&m.Message)
	case Continuation:
		return p.Continuation(&m.Message)
	}
	var command *protocol.Row
	if m.Txn != nil {
		command = m.Txn.Row
	}
	return p.ResponseTo(command, &m.Message)
}
