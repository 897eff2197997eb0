package intercept

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

const (
	// maxHead is how much of a line must come before it is decided whether a message is
	// wanted, if the line is not complete.
	maxHead = 8 << 10
	// maxTaken is how much is decided about at once where agents may act, so that what waits
	// is bounded although a message may have a single byte.
	maxTaken = 8 << 10
	// maxSpare is how large a buffer is at most that a connection keeps for later.
	maxSpare = 16 << 10
)

// side is one direction.
type side struct {
	box     outbox
	pend    []byte // read and not decided about: a message in progress
	buf     []byte // pend's own memory
	lent    bool   // pend is part of what the pump has read, which need not be copied yet
	off     int64  // the Decoder's position of pend[0]
	decided bool   // whether the message in progress is wanted is known
	passing bool   // it is not: it passes as it comes
	stalled bool   // what is to be written is discarded
	ended   bool   // nothing more comes
	plus    []int  // where in pend the client got its "+" from the engine: after these bytes
	ready   int    // how many "+" came for the message in progress
	later   []own  // what is sent once the message in progress has ended
	answers string // the tag of the message that passes, if the client got "+" within it
	refused bool   // the server refused it: its rest is discarded
}

// own is a message of the engine's own.
type own struct {
	raw     []byte
	notes   []note
	decoded bool // the Decoder is to see it
}

// take decides about bytes that were read, and sends what may be sent. It returns how many
// bytes it took; they are not used any more when it returns.
func (c *Conn) take(dir capture.Direction, at time.Time, p []byte) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.side[dir]
	if len(p) > maxTaken && len(c.agents) > 0 && !c.opaque && !s.passing {
		p = p[:maxTaken]
	}
	c.arrived(capture.Event{Kind: capture.Data, Dir: dir, Time: at, Data: p})
	if s.box.over || s.stalled {
		return len(p)
	}
	// While another goroutine writes, it may take what is queued at any time, and still
	// use it when this call returns.
	lent := !s.box.busy
	if c.opaque {
		s.box.add(p, lent)
	} else if left := c.keepAnswer(dir, p); len(left) > 0 {
		s.hold(left, lent)
		c.consume(dir, at, left)
	}
	c.write(dir)
	s.own()
	return len(p)
}

// hold adds bytes to the message in progress. Lent ones are copied by own, if they are still
// needed then.
func (s *side) hold(p []byte, lent bool) {
	if len(s.pend) == 0 && lent {
		s.pend, s.lent = p, true
		return
	}
	if len(s.pend) == 0 {
		s.pend = s.buf[:0]
	}
	s.pend = append(s.pend, p...)
}

// own copies the lent bytes that are still needed.
func (s *side) own() {
	s.box.own()
	switch {
	case len(s.pend) == 0:
		s.pend = nil
	case s.lent:
		s.pend = append(s.buf[:0], s.pend...)
		fallthrough
	default:
		if s.buf = nil; cap(s.pend) <= maxSpare {
			s.buf = s.pend[:0]
		}
	}
	s.lent = false
}

// consume decides about bytes that were added to the message in progress.
func (c *Conn) consume(dir capture.Direction, at time.Time, p []byte) {
	c.decode(dir, at, p)
	if !c.opaque {
		c.partial(dir, at)
	}
	c.sendWaiting(capture.ClientToServer)
	c.sendWaiting(capture.ServerToClient)
	c.queueInserted()
}

// decode passes bytes to the Decoder and decides about the messages that end in them.
func (c *Conn) decode(dir capture.Direction, at time.Time, p []byte) {
	c.inside = true
	defer func() { c.inside = false }()
	for _, e := range c.dec.Write(dir, at, p) {
		switch e := e.(type) {
		case *decode.Message:
			c.message(e)
		case *decode.Dark:
			c.darken("what follows is " + unread[e.Of] + ", and passes unread and unchanged")
			if f := c.engine.opts.Dark; f != nil {
				f(&c.Info, e.Of)
			}
		}
	}
}

// unread is what notes call what a connection changed to.
var unread = map[decode.UpgradeTo]string{decode.TLS: "TLS", decode.Compression: "compressed"}

// darken lets everything pass from here on.
func (c *Conn) darken(why string) {
	c.opaque = true
	c.endInserted()
	for dir := range c.side {
		s := &c.side[dir]
		c.pass(s)
		s.passing = false
	}
	c.remark(why)
}

// message decides about a message that has ended.
func (c *Conn) message(m *decode.Message) {
	s := &c.side[m.Dir]
	from, to := int(m.Off-s.off), int(m.Off+m.Len-s.off)
	switch m.Kind {
	case decode.Request:
		c.open.begin(m)
		c.last = m.Txn.N
	case decode.Tagged:
		c.open.end(string(m.Tag))
	}
	if to <= 0 && !s.passing || to > len(s.pend) { // an answer of the engine's own
		return
	}
	passing := s.passing || from < 0
	s.decided, s.passing = false, false
	if !passing {
		s.box.add(s.pend[:from], s.lent)
	}
	switch kept := c.swallow(m); {
	case passing:
		if m.Kind == decode.Request {
			c.owe(s.owes(m), m.Row)
		}
		c.forward(s, s.pend[:to])
	case !kept:
		c.act(m, s.pend[from:to], s)
	}
	s.answers, s.refused, s.ready = "", false, 0
	s.pend, s.plus = s.pend[to:], s.plus[:0]
	s.off += int64(to)
	c.sendOwn(m.Dir)
}

// act lets the agents act on a message, which is raw, and queues what they decided.
func (c *Conn) act(m *decode.Message, raw []byte, s *side) {
	x := c.ask(m, raw)
	if x.held == nil && len(x.changed)+len(x.shapes)+len(s.plus) == 0 {
		if m.Kind == decode.Request {
			c.owe(s.owes(m), m.Row)
		}
		s.box.add(raw, s.lent)
		return
	}
	if x.out == nil && len(x.changed) == 0 {
		x.out = bytes.Clone(raw)
	}
	p := &pending{
		out: x.out, tag: string(m.Tag), txn: c.last, changed: x.changed, shapes: x.shapes, held: x.held,
		request: m.Kind == decode.Request, number: c.open.last, altered: !bytes.Equal(x.out, raw), plus: slices.Clone(s.plus),
	}
	if p.request {
		p.owes, p.row = s.owes(m), m.Row
	}
	s.box.push(item{msg: p})
}

// ask asks the agents about a message. What it returns is valid until the next call.
func (c *Conn) ask(m *decode.Message, raw []byte) *Message {
	x, h := &c.asked, &c.head
	*x = Message{Message: m, Conn: c}
	*h = Head{Dir: m.Dir, Line: raw, Tag: m.Tag, Word: m.Word}
	for _, a := range c.agents {
		if !a.Wants(h) {
			continue
		}
		if x.out == nil {
			x.out = bytes.Clone(raw)
		}
		if a.Act(x); x.out == nil {
			break
		}
	}
	return x
}

// partial decides about a message in progress.
func (c *Conn) partial(dir capture.Direction, at time.Time) {
	s := &c.side[dir]
	if len(s.pend) == 0 {
		return
	}
	if !s.decided {
		n := bytes.IndexByte(s.pend, '\n') + 1
		if n == 0 && len(s.pend) <= maxHead {
			return
		}
		if n == 0 {
			n = len(s.pend)
		}
		s.decided = true
		s.passing = !c.wanted(dir, s.pend[:n])
	}
	if !s.passing && len(s.pend) > c.engine.opts.Limit {
		s.passing = true
		c.remark("a message passes unchanged: it is longer than the limit")
		h := readHead(dir, s.pend[:min(len(s.pend), maxHead)])
		c.tooLong(&h)
	}
	if s.passing {
		c.pass(s)
		return
	}
	if dir == capture.ClientToServer && c.dec.AtLiteral() {
		c.atLiteral(s)
	}
}

// atLiteral gives a client its "+" that has announced a literal of a message that is held back.
func (c *Conn) atLiteral(s *side) {
	if l, ok := wire.Count(s.pend); !ok || l.NonSync {
		return
	}
	if c.dec.Session().Dialect >= protocol.IMAP4 {
		c.ready(s)
		return
	}
	at := s.off + int64(len(s.pend))
	c.After(c.engine.grace, func() {
		if s.off+int64(len(s.pend)) == at && !s.passing && !s.ended && !c.opaque && c.dec.AtLiteral() {
			c.ready(s)
		}
	})
}

// ready sends the client a "+" for the literal that it has announced.
func (c *Conn) ready(s *side) {
	s.ready++
	s.plus = append(s.plus, len(s.pend))
	c.own(capture.ServerToClient, own{raw: []byte("+ Ready for the literal\r\n"), decoded: true})
}

// pass lets what has come of a message pass.
func (c *Conn) pass(s *side) {
	if len(s.plus) > 0 {
		tag, _ := wire.Word(s.pend)
		s.answers = string(tag)
		s.box.push(item{msg: &pending{out: bytes.Clone(s.pend), tag: s.answers, txn: c.last + 1, plus: s.plus, request: true}})
	} else {
		c.forward(s, s.pend)
	}
	s.off += int64(len(s.pend))
	s.pend, s.plus = s.pend[:0], nil
}

// forward queues bytes of a message that passes. If the client got its "+" from the engine, they
// are sent only if the server accepts the literal: to a server that refused it, they would be commands.
func (c *Conn) forward(s *side, p []byte) {
	switch {
	case len(p) == 0 || s.refused:
	case s.answers != "":
		s.box.push(item{data: bytes.Clone(p), of: s.answers})
	default:
		s.box.add(p, s.lent)
	}
}

// wanted reports whether an agent wants a message that begins with line.
func (c *Conn) wanted(dir capture.Direction, line []byte) bool {
	if len(c.agents) == 0 {
		return false
	}
	h := &c.head
	*h = readHead(dir, line)
	for _, a := range c.agents {
		if a.Wants(h) {
			return true
		}
	}
	return false
}

// own sends a message of the engine's own, once the message in progress has ended.
func (c *Conn) own(dir capture.Direction, o own) {
	s := &c.side[dir]
	s.later = append(s.later, o)
	c.sendWaiting(dir)
}

// sendWaiting sends the messages of the engine's own that wait, unless a message is in progress.
func (c *Conn) sendWaiting(dir capture.Direction) {
	s := &c.side[dir]
	if len(s.later) > 0 && len(s.pend) == 0 && !s.passing {
		c.sendOwn(dir)
		go c.flush(dir)
	}
}

// sendOwn sends the messages of the engine's own that wait, up to one that the Decoder must see
// while its events are in use. A message has just ended.
func (c *Conn) sendOwn(dir capture.Direction) {
	s := &c.side[dir]
	for len(s.later) > 0 {
		o := s.later[0]
		if o.decoded && c.inside {
			return
		}
		s.later = s.later[1:]
		if o.decoded {
			s.off += int64(len(o.raw))
			c.decode(dir, time.Now(), o.raw)
		}
		if dir == capture.ClientToServer { // its literals must wait for the server's "+"
			tag, _ := wire.Word(o.raw)
			s.box.push(item{msg: &pending{out: o.raw, tag: string(tag), changed: o.notes, request: true, altered: true}})
			continue
		}
		s.box.push(item{data: o.raw, notes: o.notes})
	}
}
