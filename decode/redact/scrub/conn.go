package scrub

import (
	"bytes"
	"math"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// conn is one connection. Positions are counted as the Decoder does, from 0, lost
// octets included.
type conn struct {
	*Scrub
	dec    *decode.Decoder
	pieces []piece // held, in capture order
	held   int     // octets of them
	side   [2]side
	up     decode.UpgradeTo // not zero: what comes cannot be read
}

// side is one direction.
type side struct {
	pos     int64 // behind what came
	decided int64 // before it, octets are as they may be handed on
	rest    rest  // of a message that is too long to be understood
	tls     records
}

// piece is an event whose bytes are our own.
type piece struct {
	capture.Event
	at int64 // where its direction stood before it
}

// pieceCost is what a piece counts for beside its octets.
const pieceCost = 128

// data takes bytes and passes on what is decided about.
func (k *conn) data(e *capture.Event) error {
	s := &k.side[e.Dir]
	k.keep(e)
	s.pos += int64(len(e.Data))
	if k.up == 0 {
		k.learn(k.dec.Write(e.Dir, e.Time, e.Data))
	}
	return k.decide(e.Dir)
}

// lost notes that bytes are missing.
func (k *conn) lost(e *capture.Event) {
	s := &k.side[e.Dir]
	s.tls.broken = true
	if k.up == 0 {
		k.learn(k.dec.Lost(e.Dir, e.Time, e.N))
	}
	s.pos += e.N
}

// keep holds an event until all before it is decided about.
func (k *conn) keep(e *capture.Event) {
	p := piece{Event: *e, at: k.side[e.Dir].pos}
	p.Data = bytes.Clone(e.Data)
	k.pieces = append(k.pieces, p)
	k.held += len(e.Data) + pieceCost
}

// pass passes a fact on in its place: behind what is held.
func (k *conn) pass(e *capture.Event) error {
	if e.Kind != capture.Gap && len(k.pieces) == 0 {
		return k.next.Event(e)
	}
	k.keep(e)
	return k.decide(e.Dir)
}

// decide sees to what came of a direction, and passes on what is decided about.
func (k *conn) decide(dir capture.Direction) error {
	k.dec.Release()
	s := &k.side[dir]
	switch {
	case k.up != 0:
		k.unreadable(dir)
	case s.rest.on:
		k.goOn(dir, s.pos)
	}
	return k.release()
}

// learn replaces what the Decoder has understood.
func (k *conn) learn(events []decode.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			end := e.Off + e.Len + e.Lost
			if s := &k.side[e.Dir]; s.rest.on {
				k.goOn(e.Dir, end)
			} else if raw, ok := k.message(e); ok && e.Off >= s.decided {
				k.put(e.Dir, e.Off, raw)
				s.decided = end
			}
			k.settle(e.Dir, end)
		case *decode.Resync:
			k.settle(e.Dir, e.Off)
		case *decode.Upgrade:
			k.up = e.To
			k.side[e.Dir].tls.from = e.Off
			k.unreadable(capture.ClientToServer)
			k.unreadable(capture.ServerToClient)
		}
	}
}

// settle blanks what is not decided before at, where a message ended.
func (k *conn) settle(dir capture.Direction, at int64) {
	s := &k.side[dir]
	k.blank(dir, s.decided, at)
	s.decided, s.rest = max(s.decided, at), rest{}
}

// unreadable takes care of what came of a stream that cannot be read.
func (k *conn) unreadable(dir capture.Direction) {
	s := &k.side[dir]
	k.each(dir, s.decided, s.pos, func(at int64, b []byte) {
		k.report.Blanked += int64(len(b))
		if k.up == decode.TLS {
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

// release hands on the chunks all of which is decided about, and keeps what is held
// within its bound.
func (k *conn) release() error {
	for {
		n := 0
		for ; n < len(k.pieces); n++ {
			p := &k.pieces[n]
			if p.at+int64(len(p.Data)) > k.side[p.Dir].decided {
				break
			}
			if err := k.next.Event(&p.Event); err != nil {
				return err
			}
			k.held -= len(p.Data) + pieceCost
		}
		left := copy(k.pieces, k.pieces[n:])
		clear(k.pieces[left:])
		k.pieces = k.pieces[:left]
		if k.held <= k.limit || left == 0 {
			return nil
		}
		k.force(k.pieces[0].Dir)
	}
}

// force decides about all that came of a direction, although its message has no
// end yet.
func (k *conn) force(dir capture.Direction) {
	s := &k.side[dir]
	if !s.rest.on {
		raw := k.gather(dir, s.decided, s.pos)
		m, n := wire.Split(raw, dir == capture.ClientToServer)
		s.rest = rest{on: true}
		if l := len(m.Literals); l > 0 && n == len(raw) {
			last := m.Literals[l-1]
			s.rest.literal = last.Size - int64(last.Body.Len())
		}
		scrubbed, ok := k.part(dir, m)
		if ok {
			k.put(dir, s.decided, scrubbed)
		} else {
			n = 0
		}
		k.blank(dir, s.decided+int64(n), s.pos)
	} else {
		k.blank(dir, s.decided, s.pos)
	}
	s.decided = s.pos
}

// rest is what follows the part of a message that was forced: the remainder of a
// literal, and lines that may announce another.
type rest struct {
	on      bool
	literal int64 // octets that are still to come
}

// goOn blanks what came of a rest. A line is kept back until it is whole, so that
// what announces a literal stays.
func (k *conn) goOn(dir capture.Direction, to int64) {
	s := &k.side[dir]
	for s.rest.on && s.decided < to {
		if n := min(s.rest.literal, to-s.decided); n > 0 {
			k.blank(dir, s.decided, s.decided+n)
			s.decided += n
			s.rest.literal -= n
			continue
		}
		line := k.gather(dir, s.decided, to)
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
		k.blank(dir, s.decided, blankTo)
		s.decided = end
		s.rest.on = ok
	}
}

// close ends the connection.
func (k *conn) close(t time.Time, cause capture.Cause) error {
	if k.up == 0 {
		k.learn(k.dec.Close(t, cause))
	}
	for dir := range k.side {
		k.settle(capture.Direction(dir), k.side[dir].pos)
	}
	return k.release()
}

// each calls f with every run of octets held between from and to.
func (k *conn) each(dir capture.Direction, from, to int64, f func(at int64, b []byte)) {
	for i := range k.pieces {
		p := &k.pieces[i]
		a, b := max(from, p.at), min(to, p.at+int64(len(p.Data)))
		if p.Dir == dir && a < b {
			f(a, p.Data[a-p.at:b-p.at])
		}
	}
}

// gather is a copy of what is held between from and to.
func (k *conn) gather(dir capture.Direction, from, to int64) []byte {
	var out []byte
	k.each(dir, from, to, func(_ int64, b []byte) { out = append(out, b...) })
	return out
}

// put writes raw over the octets held from at on; those that were lost are in
// neither.
func (k *conn) put(dir capture.Direction, at int64, raw []byte) {
	k.each(dir, at, math.MaxInt64, func(_ int64, b []byte) {
		raw = raw[copy(b, raw):]
	})
}

// blank replaces what was not understood, line ends and spaces excepted.
func (k *conn) blank(dir capture.Direction, from, to int64) {
	k.each(dir, from, to, func(_ int64, b []byte) {
		k.report.Blanked += int64(len(b))
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

// fill replaces all.
func fill(b []byte) {
	for i := range b {
		b[i] = 'x'
	}
}

// records is where a direction stands in a row of TLS records (RFC 8446, "Record
// Layer", p. 77: type, version and length, then so many octets).
type records struct {
	from   int64 // where the first begins
	head   [5]byte
	have   int // octets of head
	left   int // octets of the record
	broken bool
}

// hide replaces what records hold, and all that is no record.
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

// plausible reports whether what there is of a header is one.
func (r *records) plausible() bool {
	kind := r.head[0] >= 20 && r.head[0] <= 24 // change cipher spec to heartbeat
	return kind && (r.have < 2 || r.head[1] == 3) && (r.have < 4 || r.head[3] <= 0x48)
}
