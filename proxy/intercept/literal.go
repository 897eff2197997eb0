package intercept

import (
	"bytes"
	"math"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// place is a place in what is sent of requests.
type place struct {
	at    int    // bytes before it
	await bool   // the server's "+" must come before the rest is sent
	of    string // the tag of the request whose literal the rest is part of, or follows
}

// items returns what is sent for the pieces of a message, in order. The notes are with the first
// thing that is done.
func (m *pending) items(pieces []Piece) (items []item) {
	places := m.places(pieces)
	of, sent := "", 0
	for _, p := range pieces {
		if p.Wait > 0 {
			items = append(items, item{wait: p.Wait, of: of})
		}
		rest := p.Data
		for len(places) > 0 && places[0].at <= sent+len(rest) {
			to := places[0]
			n := to.at - sent
			items = append(items, item{data: rest[:n], of: of})
			if to.await {
				items = append(items, item{await: true, of: to.of, txn: m.txn})
			}
			of, sent, rest, places = to.of, to.at, rest[n:], places[1:]
		}
		items = append(items, item{data: rest, of: of, end: p.End})
		sent += len(rest)
	}
	for i := range items {
		if items[i].wait == 0 {
			items[i].notes = m.changed
			return items
		}
	}
	return append(items, item{notes: m.changed})
}

// places returns where the server's "+" must come before the rest is sent: where the client got
// it from the engine, and in a request that was changed, before each literal that is announced
// with {n}.
func (m *pending) places(pieces []Piece) (places []place) {
	if !m.request {
		return nil
	}
	var sent []byte
	for _, p := range pieces {
		sent = append(sent, p.Data...)
	}
	if !m.altered && bytes.HasPrefix(m.out, sent) {
		for _, at := range m.plus {
			places = append(places, place{at: at, await: true, of: m.tag})
		}
		return places
	}
	for at := 0; at < len(sent); {
		if at > 0 {
			places = append(places, place{at: at})
		}
		framed, n := wire.Split(sent[at:], true)
		tag, _ := wire.Word(framed.Raw)
		for i := range framed.Literals {
			if l := &framed.Literals[i]; !l.NonSync {
				places = append(places, place{at: at + l.Head.End, await: true, of: string(tag)})
			}
		}
		at += n
	}
	return places
}

// owed is the "+" that the server owes to a request of the client's that was sent as it came.
type owed struct {
	txn  int // its transaction's number
	tag  string
	sasl bool // an exchange: any number of them, until its tagged response
	n    int  // else: of the literals that the client sent without waiting, and of an IDLE
}

// maxOwed is how many requests are kept to which the server owes a "+"; beyond it, the oldest is
// forgotten.
const maxOwed = 256

// owes returns what the server will owe to a request that has just come, if it is sent as it came.
func (s *side) owes(m *decode.Message) owed {
	if !m.Txn.End.IsZero() { // it was refused already
		return owed{}
	}
	o := owed{txn: m.Txn.N, tag: m.Txn.Tag, sasl: m.Row.Does(protocol.Authenticates), n: -s.ready}
	for i := range m.Literals {
		if !m.Literals[i].NonSync {
			o.n++
		}
	}
	return o
}

// owe records that a request is sent.
func (c *Conn) owe(o owed, row *protocol.Row) {
	if row.Does(protocol.Idles) {
		o.n++
	}
	if !o.sasl && o.n <= 0 {
		return
	}
	if len(c.owed) == maxOwed {
		c.owed = slices.Delete(c.owed, 0, 1)
	}
	at := len(c.owed) // what was held back is recorded later than what waits behind it
	for at > 0 && c.owed[at-1].txn > o.txn {
		at--
	}
	c.owed = slices.Insert(c.owed, at, o)
}

// ownsPlus reports whether a "+" belongs to a request that was sent as it came, before that of a
// transaction.
func (c *Conn) ownsPlus(before int) bool {
	for i := range c.owed {
		o := &c.owed[i]
		if o.txn >= before {
			continue
		}
		if o.n--; o.n <= 0 && !o.sasl {
			c.owed = slices.Delete(c.owed, i, i+1)
		}
		return true
	}
	return false
}

// swallow reports whether a message of the server's is kept from the client, because it answers
// what the engine sent: the "+" to a literal. A tagged response ends the wait for it.
func (c *Conn) swallow(m *decode.Message) bool {
	b := &c.side[capture.ClientToServer].box
	awaits := len(b.items) > 0 && b.items[0].await
	switch m.Kind {
	case decode.Ready:
		before := math.MaxInt
		if awaits {
			before = b.items[0].txn
		}
		if c.ownsPlus(before) {
			return false
		}
		if !awaits {
			if s := &c.side[capture.ClientToServer]; s.passing {
				s.ready++
			}
			return false
		}
		b.pop()
		b.stop()
		go c.flush(capture.ClientToServer)
		return true
	case decode.Tagged:
		if len(c.owed) > 0 {
			c.owed = slices.DeleteFunc(c.owed, func(o owed) bool { return o.tag == string(m.Tag) })
		}
		if awaits && string(m.Tag) == b.items[0].of {
			c.withdraw(b)
			go c.flush(capture.ClientToServer)
		}
	}
	return false
}

// withdraw drops the rest of a request whose literal the server does not want, and what is still
// to come of it.
func (c *Conn) withdraw(b *outbox) {
	tag := b.items[0].of
	for len(b.items) > 0 && b.items[0].of == tag {
		b.pop()
	}
	b.stop()
	if s := &c.side[capture.ClientToServer]; s.answers == tag {
		s.refused = true
	}
}
