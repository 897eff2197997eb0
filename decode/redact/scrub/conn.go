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
	dec    *decode.Decoder
	pieces []piece // held, in capture order
	held   int     // bytes in pieces
	side   [2]side
	up     decode.UpgradeTo // not zero: further bytes cannot be read
}

// side is one direction.
type side struct {
	pos     int64 // after the bytes received
	decided int64 // bytes before it are final and can be passed on
	rest    rest  // of a message that is too long to parse
	tls     records
}

// piece is an event with its own copy of the bytes.
type piece struct {
	capture.Event
	at int64 // its position in its direction
}

// pieceCost is what a piece counts for besides its bytes.
const pieceCost = 128

// data adds bytes, and passes on those that are final.
func (c *conn) data(e *capture.Event) error {
	s := &c.side[e.Dir]
	c.keep(e)
	s.pos += int64(len(e.Data))
	if c.up == 0 {
		c.learn(c.dec.Write(e.Dir, e.Time, e.Data))
	}
	return c.process(e.Dir)
}

// lost records missing bytes.
func (c *conn) lost(e *capture.Event) {
	s := &c.side[e.Dir]
	s.tls.broken = true
	if c.up == 0 {
		c.learn(c.dec.Lost(e.Dir, e.Time, e.N))
	}
	s.pos += e.N
}

// keep holds an event until all bytes before it are final.
func (c *conn) keep(e *capture.Event) {
	p := piece{Event: *e, at: c.side[e.Dir].pos}
	p.Data = bytes.Clone(e.Data)
	c.pieces = append(c.pieces, p)
	c.held += len(e.Data) + pieceCost
}

// pass passes an event on in order, after the held pieces.
func (c *conn) pass(e *capture.Event) error {
	if e.Kind != capture.Gap && len(c.pieces) == 0 {
		return c.next.Event(e)
	}
	c.keep(e)
	return c.process(e.Dir)
}

// process handles the bytes received in a direction, and passes on those that are final.
func (c *conn) process(dir capture.Direction) error {
	c.dec.Release()
	s := &c.side[dir]
	switch {
	case c.up != 0:
		c.unreadable(dir)
	case s.rest.on:
		c.blankRest(dir, s.pos)
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

// settle blanks what is not final before at, where a message ended.
func (c *conn) settle(dir capture.Direction, at int64) {
	s := &c.side[dir]
	c.blank(dir, s.decided, at)
	s.decided, s.rest = max(s.decided, at), rest{}
}

// unreadable hides the bytes received in a stream that cannot be read.
func (c *conn) unreadable(dir capture.Direction) {
	s := &c.side[dir]
	c.each(dir, s.decided, s.pos, func(at int64, b []byte) {
		c.report.Blanked += int64(len(b))
		if c.up == decode.TLS {
			if n := s.tls.from - at; n > 0 {
				n = min(n, int64(len(b)))
				fill(b[:n])
				b = b[n:]
			}
			s.tls.hide(b)
			return
		}
		fill(b)
	})
	s.decided = s.pos
}

// release passes on the chunks that are entirely final, and keeps the held bytes within
// their bound.
func (c *conn) release() error {
	for {
		n := 0
		for ; n < len(c.pieces); n++ {
			p := &c.pieces[n]
			if p.at+int64(len(p.Data)) > c.side[p.Dir].decided {
				break
			}
			if err := c.next.Event(&p.Event); err != nil {
				return err
			}
			c.held -= len(p.Data) + pieceCost
		}
		left := copy(c.pieces, c.pieces[n:])
		clear(c.pieces[left:])
		c.pieces = c.pieces[:left]
		if c.held <= c.limit || left == 0 {
			return nil
		}
		c.force(c.pieces[0].Dir)
	}
}

// force makes all bytes received in a direction final, although their message is
// incomplete.
func (c *conn) force(dir capture.Direction) {
	s := &c.side[dir]
	if !s.rest.on {
		raw := c.gather(dir, s.decided, s.pos)
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
		c.blank(dir, s.decided+int64(n), s.pos)
	} else {
		c.blank(dir, s.decided, s.pos)
	}
	s.decided = s.pos
}

// rest tracks what follows the part of a message that was forced: the remainder of a
// literal, and lines that may announce another.
type rest struct {
	on      bool
	literal int64 // bytes still to come
}

// blankRest blanks the bytes received of a rest. A line is held until it is complete, to
// keep the announcement of a literal.
func (c *conn) blankRest(dir capture.Direction, to int64) {
	s := &c.side[dir]
	for s.rest.on && s.decided < to {
		if n := min(s.rest.literal, to-s.decided); n > 0 {
			c.blank(dir, s.decided, s.decided+n)
			s.decided += n
			s.rest.literal -= n
			continue
		}
		line := c.gather(dir, s.decided, to)
		i := bytes.IndexByte(line, '\n')
		if i < 0 {
			return
		}
		end := s.decided + int64(i) + 1
		blankTo := end
		l, ok := wire.Count(line[:i+1])
		if ok {
			blankTo = end - int64(l.Head.Len())
			s.rest.literal = min(l.Size, math.MaxInt64/4)
		}
		c.blank(dir, s.decided, blankTo)
		s.decided = end
		s.rest.on = ok
	}
}

// close ends the connection.
func (c *conn) close(t time.Time, cause capture.Cause) error {
	if c.up == 0 {
		c.learn(c.dec.Close(t, cause))
	}
	for dir := range c.side {
		c.settle(capture.Direction(dir), c.side[dir].pos)
	}
	return c.release()
}

// each calls f with every run of bytes held between from and to.
func (c *conn) each(dir capture.Direction, from, to int64, f func(at int64, b []byte)) {
	for i := range c.pieces {
		p := &c.pieces[i]
		a, b := max(from, p.at), min(to, p.at+int64(len(p.Data)))
		if p.Dir == dir && a < b {
			f(a, p.Data[a-p.at:b-p.at])
		}
	}
}

// gather returns a copy of the bytes held between from and to.
func (c *conn) gather(dir capture.Direction, from, to int64) []byte {
	var out []byte
	c.each(dir, from, to, func(_ int64, b []byte) { out = append(out, b...) })
	return out
}

// put overwrites the bytes held from at on with raw. Neither includes lost bytes.
func (c *conn) put(dir capture.Direction, at int64, raw []byte) {
	c.each(dir, at, math.MaxInt64, func(_ int64, b []byte) {
		raw = raw[copy(b, raw):]
	})
}

// blank replaces what was not understood, except line ends and spaces.
func (c *conn) blank(dir capture.Direction, from, to int64) {
	c.each(dir, from, to, func(_ int64, b []byte) {
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
	})
}

// fill replaces all bytes.
func fill(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}

// records is a direction's position in a sequence of TLS records (RFC 8446, "Record
// Layer", p. 77: type, version and length, then that many bytes).
type records struct {
	from   int64 // where the first begins
	head   [5]byte
	have   int // bytes of head
	left   int // bytes of the record
	broken bool
}

// hide replaces the content of records, and everything that is not a record.
func (r *records) hide(b []byte) {
	for len(b) > 0 {
		switch {
		case r.broken:
			fill(b)
			return
		case r.left > 0:
			n := min(r.left, len(b))
			fill(b[:n])
			r.left -= n
			b = b[n:]
		default:
			n := copy(r.head[r.have:], b)
			r.have += n
			if r.have < len(r.head) {
				r.broken = !r.plausible()
				if r.broken {
					continue
				}
				return
			}
			if !r.plausible() {
				r.broken = true
				continue
			}
			r.left, r.have = int(r.head[3])<<8|int(r.head[4]), 0
			b = b[n:]
		}
	}
}

// plausible reports whether the bytes of a header so far are valid.
func (r *records) plausible() bool {
	kind := r.head[0] >= 20 && r.head[0] <= 24 // change cipher spec to heartbeat
	return kind && (r.have < 2 || r.head[1] == 3) && (r.have < 4 || r.head[3] <= 0x48)
}
