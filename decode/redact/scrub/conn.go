package scrub

import (
	"bytes"
	"math"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// conn is one connection. Positions are counted as by the Decoder: from 0, including
// lost bytes.
type conn struct {
	*Scrub
	id    capture.ConnID
	dec   *decode.Decoder // nil: given up, further bytes are blanked
	queue [2]queue        // what is held, by direction
	seq   uint64          // of the next piece
	held  int             // bytes in queue
	nonce int             // length of the client's nonce in the last SCRAM exchange
	side  [2]side
	up    decode.UpgradeTo // not zero: further bytes cannot be read
}

// side is one direction.
type side struct {
	pos     int64 // after the bytes received
	decided int64 // bytes before it are final and can be passed on
	rest    rest  // of a message that is too long to parse
	tls     records
}

// data adds bytes, and passes on those that are final.
func (c *conn) data(e *capture.Event) error {
	s := &c.side[e.Dir]
	c.keep(e)
	s.pos += int64(len(e.Data))
	if c.readable() {
		c.learn(c.dec.Write(e.Dir, e.Time, e.Data))
	}
	return c.process(e.Dir)
}

// lost records missing bytes.
func (c *conn) lost(e *capture.Event) {
	s := &c.side[e.Dir]
	s.tls.broken = true
	if c.readable() {
		c.learn(c.dec.Lost(e.Dir, e.Time, e.N))
	}
	s.pos += e.N
}

// readable reports whether the Decoder gets further bytes.
func (c *conn) readable() bool { return c.dec != nil && c.up == 0 }

// keep holds an event until all bytes before it are final.
func (c *conn) keep(e *capture.Event) {
	p := piece{Event: *e, at: c.side[e.Dir].pos, seq: c.seq}
	p.Data = bytes.Clone(e.Data)
	c.seq++
	c.queue[e.Dir].push(p)
	c.count(p.cost())
}

// count adds n to what is held.
func (c *conn) count(n int) {
	c.held += n
	c.Scrub.held += n
}

// pass passes an event on in order, after the held pieces.
func (c *conn) pass(e *capture.Event) error {
	if e.Kind != capture.Gap && c.first() == nil {
		return c.next.Event(e)
	}
	c.keep(e)
	return c.process(e.Dir)
}

// process handles the bytes received in a direction, and passes on those that are final.
func (c *conn) process(dir capture.Direction) error {
	s := &c.side[dir]
	switch {
	case c.up != 0:
		c.unreadable(dir)
	case c.dec == nil:
		c.settle(dir, s.pos)
	default:
		c.dec.Release()
		if s.rest.on {
			c.blankRest(dir, s.pos)
		}
	}
	return c.release()
}

// learn scrubs the messages that the Decoder has understood.
func (c *conn) learn(events []decode.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			end := e.Off + e.Len + e.Lost
			if s := &c.side[e.Dir]; s.rest.on {
				c.blankRest(e.Dir, end)
			} else if raw, ok := c.message(e); ok && e.Off >= s.decided {
				c.put(e.Dir, e.Off, raw)
				s.decided = end
			}
			c.settle(e.Dir, end)
		case *decode.Resync:
			c.settle(e.Dir, e.Off)
		case *decode.Upgrade:
			c.up = e.To
			c.side[e.Dir].tls.from = e.Off
			c.unreadable(capture.ClientToServer)
			c.unreadable(capture.ServerToClient)
		}
	}
}

// settle blanks the bytes before at that are not final yet; a message ended there.
func (c *conn) settle(dir capture.Direction, at int64) {
	s := &c.side[dir]
	c.blank(dir, s.decided, at)
	s.decided, s.rest = max(s.decided, at), rest{}
}

// unreadable hides the bytes received in a stream that cannot be read.
func (c *conn) unreadable(dir capture.Direction) {
	s := &c.side[dir]
	for at, b := range c.queue[dir].runs(s.decided, s.pos) {
		c.report.Blanked += int64(len(b))
		if c.up != decode.TLS {
			fill(b)
			continue
		}
		if n := min(s.tls.from-at, int64(len(b))); n > 0 {
			fill(b[:n])
			b = b[n:]
		}
		s.tls.hide(b)
	}
	s.decided = s.pos
}

// first returns the piece that was captured first of those held, or nil.
func (c *conn) first() *piece {
	a, b := c.queue[0].first(), c.queue[1].first()
	if a == nil || b != nil && b.seq < a.seq {
		return b
	}
	return a
}

// release passes on the chunks that are entirely final, and keeps the held bytes within
// their bound.
func (c *conn) release() error {
	for {
		p := c.first()
		for ; p != nil && p.end() <= c.side[p.Dir].decided; p = c.first() {
			err := c.next.Event(&p.Event)
			c.count(-p.cost())
			c.queue[p.Dir].pop()
			if err != nil {
				return err
			}
		}
		if c.held <= c.limit || p == nil {
			return nil
		}
		c.force(p.Dir)
	}
}

// giveUp blanks everything held that is not final, and all that follows.
func (c *conn) giveUp() error {
	c.dec = nil
	for dir := range c.side {
		c.settle(capture.Direction(dir), c.side[dir].pos)
	}
	return c.release()
}

// force makes the bytes received in a direction final, although their message is
// incomplete. At first it holds back the end, which may be half of an announcement.
func (c *conn) force(dir capture.Direction) {
	s := &c.side[dir]
	if s.rest.on {
		c.blank(dir, s.decided, s.pos)
		s.decided = s.pos
		return
	}
	to := s.pos
	if to-s.decided > maxHead {
		to -= maxHead
	}
	raw := c.gather(dir, s.decided, to)
	m, n := wire.Split(raw, dir == capture.ClientToServer)
	s.rest = rest{on: true}
	if l := len(m.Literals); l > 0 && n == len(raw) {
		last := m.Literals[l-1]
		s.rest.literal = last.Size - int64(last.Body.Len())
	}
	scrubbed, ok := c.part(dir, m)
	if ok {
		c.put(dir, s.decided, scrubbed)
	} else {
		n = 0
	}
	c.blank(dir, s.decided+int64(n), to)
	s.decided = to
	c.blankRest(dir, s.pos)
}

// rest tracks what follows the part of a message that was forced: the remainder of a
// literal, and lines that may announce another.
type rest struct {
	on      bool
	literal int64 // bytes still to come
	sought  int64 // no line ends between decided and here
}

// maxHead bounds the announcement of a literal, with the end of its line.
const maxHead = 64

// blankRest blanks the bytes received of a rest. Of a line that is incomplete, its end is
// held, to keep the announcement of a literal.
func (c *conn) blankRest(dir capture.Direction, to int64) {
	s := &c.side[dir]
	for s.rest.on && s.decided < to {
		if n := min(s.rest.literal, to-s.decided); n > 0 {
			c.blank(dir, s.decided, s.decided+n)
			s.decided += n
			s.rest.literal -= n
			continue
		}
		end, ok := c.lineEnd(dir, max(s.decided, s.rest.sought), to)
		if start := max(s.decided, end-maxHead); start > s.decided {
			c.blank(dir, s.decided, start)
			s.decided = start
		}
		if !ok {
			s.rest.sought = to
			return
		}
		blankTo := end
		l, ok := wire.Count(c.gather(dir, s.decided, end))
		if ok {
			blankTo = end - int64(l.Head.Len())
			s.rest.literal = min(l.Size, math.MaxInt64/4)
		}
		c.blank(dir, s.decided, blankTo)
		s.decided = end
		s.rest.on = ok
	}
}

// lineEnd returns where the first line feed between from and to ends; to if there is none.
func (c *conn) lineEnd(dir capture.Direction, from, to int64) (end int64, ok bool) {
	for at, b := range c.queue[dir].runs(from, to) {
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			return at + int64(i) + 1, true
		}
	}
	return to, false
}

// close ends the connection.
func (c *conn) close(t time.Time, cause capture.Cause) error {
	if c.readable() {
		c.learn(c.dec.Close(t, cause))
	}
	for dir := range c.side {
		c.settle(capture.Direction(dir), c.side[dir].pos)
	}
	return c.release()
}

// gather returns a copy of the bytes held between from and to.
func (c *conn) gather(dir capture.Direction, from, to int64) []byte {
	out := make([]byte, 0, min(to-from, int64(c.held))) // between them may be lost bytes
	for _, b := range c.queue[dir].runs(from, to) {
		out = append(out, b...)
	}
	return out
}

// put overwrites the bytes held from at on with raw. Neither includes lost bytes.
func (c *conn) put(dir capture.Direction, at int64, raw []byte) {
	for _, b := range c.queue[dir].runs(at, math.MaxInt64) {
		if raw = raw[copy(b, raw):]; len(raw) == 0 {
			return
		}
	}
}

// blank replaces bytes that were not understood, except line ends and spaces.
func (c *conn) blank(dir capture.Direction, from, to int64) {
	for _, b := range c.queue[dir].runs(from, to) {
		c.report.Blanked += int64(len(b))
		for i, c := range b {
			switch {
			case c == '\r' || c == '\n' || c == ' ':
			case '0' <= c && c <= '9':
				b[i] = '0'
			default:
				b[i] = 'x'
			}
		}
	}
}

// fill replaces all bytes.
func fill(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}
