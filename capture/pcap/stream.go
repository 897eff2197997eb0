package pcap

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
)

// half is one direction of a connection.
type half struct {
	known bool   // expect is known
	syn   bool   // isn is known
	isn   uint32 // sequence number of the SYN

	expect uint32 // sequence number of the next octet to deliver
	off    int64  // its stream position
	acked  uint32 // the highest number that the other side acknowledged
	hasAck bool

	fin    bool // a FIN was seen; it stands at finAt
	finAt  uint32
	closed bool // everything up to the FIN was delivered

	held       []held // too early, sorted, not overlapping
	heldOctets int
	since      time.Time // when octets began to be missing; zero if none are
	proofs     int       // packets since an ACK showed that they will not come
}

// held is a segment that came too early.
type held struct {
	seq  uint32
	time time.Time
	data []byte
}

// How long missing octets are waited for.
//
// An ACK of them says that they arrived, so if they are not here they were not
// captured. Captures are not always in order, so lateProofs more packets of the
// connection may pass before that counts. Without an ACK they may yet be sent
// again, as long as the sender tries: maxWait of capture time, or until maxHeld
// octets behind them are here, or the connection ends.
const (
	lateProofs = 3
	maxWait    = 30 * time.Second
	maxProof   = 200 * time.Millisecond
	maxHeld    = 1 << 20
	// maxAhead is how far ahead of what is expected a sequence number is
	// believed: TCP's largest window (RFC 7323, section 2.3).
	maxAhead = 1 << 30
)

// distance is how far y is behind x in sequence space; negative if before it.
func distance(x, y uint32) int { return int(int32(y - x)) }

// advance takes one segment of c.
func (a *Assembler) advance(c *conn, s *segment, t time.Time) error {
	c.seen = t
	i := c.sender(s)
	h, o := &c.half[i], &c.half[1-i]
	if c.state == undecided {
		if err := a.place(c, s); err != nil {
			return err
		}
	}
	if c.state == ended || c.state == ignored {
		return nil
	}
	if s.flags&flagRST != 0 {
		if !h.resets(o, s) {
			return nil
		}
		c.refused = c.half[0].off+c.half[1].off == 0
		return a.end(c, t, capture.ErrRST)
	}
	seq := s.seq
	if s.flags&flagSYN != 0 {
		if !h.known {
			h.known, h.syn, h.isn, h.expect = true, true, seq, seq+1
		}
		seq++
	}
	if !h.known {
		h.known, h.expect = true, seq
	}
	if s.flags&flagACK != 0 {
		o.acknowledged(s.ack)
	}
	if err := a.take(c, i, seq, t, s.data); err != nil {
		return err
	}
	if s.flags&flagFIN != 0 && !h.fin && c.state == taken {
		h.fin, h.finAt = true, seq+uint32(len(s.data))
	}
	if err := a.settleAfterPacket(c); err != nil {
		return err
	}
	return a.closeIfDone(c, t)
}

// acknowledged notes what the other side has. Before anything of this half was
// seen, it also says where it stands.
func (h *half) acknowledged(ack uint32) {
	if !h.known {
		h.known, h.expect = true, ack
	}
	if !h.hasAck || distance(h.acked, ack) > 0 && distance(h.expect, ack) < maxAhead {
		h.hasAck, h.acked = true, ack
	}
}

// resets reports whether a RST is a real one. Its number must be the one that the
// other side expects (RFC 5961, section 3.2), as far as can be told. Before
// anything else of this half was seen, it must acknowledge the other's SYN
// (RFC 9293, section 3.10.7.3).
func (h *half) resets(o *half, s *segment) bool {
	if !h.known {
		return !o.known || s.flags&flagACK != 0 && s.ack == o.expect
	}
	switch d := distance(h.expect, s.seq); {
	case d == 0, h.hasAck && s.seq == h.acked && distance(h.expect, h.acked) > 0:
		return true
	case len(h.held) > 0 && s.seq == h.held[len(h.held)-1].end():
		return true
	case h.fin && s.seq == h.finAt+1:
		return true
	}
	return false
}

// take delivers data, or holds it if something before it is missing. What was
// delivered already is cut off: the first copy counts.
func (a *Assembler) take(c *conn, i int, seq uint32, t time.Time, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	h := &c.half[i]
	switch d := distance(h.expect, seq); {
	case d > maxAhead:
		return nil
	case d > 0:
		a.hold(c, i, seq, t, data)
		return nil
	case d < 0:
		old := min(-d, len(data))
		a.stats.Retransmitted += int64(old)
		data = data[old:]
	}
	if len(data) == 0 {
		return nil
	}
	h.expect += uint32(len(data))
	if err := a.hand(c, i, t, 0, data); err != nil {
		return err
	}
	return a.drainReady(c, i)
}

// drainReady delivers what was held and is due now.
func (a *Assembler) drainReady(c *conn, i int) error {
	h := &c.half[i]
	n := 0
	for ; n < len(h.held) && distance(h.expect, h.held[n].seq) <= 0; n++ {
		x := h.held[n]
		a.held -= len(x.data)
		h.heldOctets -= len(x.data)
		old := min(distance(x.seq, h.expect), len(x.data))
		a.stats.Retransmitted += int64(old)
		if x.data = x.data[old:]; len(x.data) == 0 {
			continue
		}
		h.expect += uint32(len(x.data))
		if err := a.hand(c, i, x.time, 0, x.data); err != nil {
			return err
		}
	}
	h.held = slices.Delete(h.held, 0, n)
	return nil
}

// hold keeps a copy of the octets that are not held yet, in order.
func (a *Assembler) hold(c *conn, i int, seq uint32, t time.Time, data []byte) {
	h := &c.half[i]
	at := 0
	for ; at < len(h.held) && len(data) > 0; at++ {
		x := &h.held[at]
		before := distance(seq, x.seq) // octets of data before x
		if before >= len(data) {
			break
		}
		if before > 0 {
			a.insert(h, at, held{seq, t, bytes.Clone(data[:before])})
			data, seq = data[before:], seq+uint32(before)
			continue // x is looked at again, one further on
		}
		if over := distance(seq, x.end()); over > 0 {
			over = min(over, len(data))
			a.stats.Retransmitted += int64(over)
			data, seq = data[over:], seq+uint32(over)
		}
	}
	if len(data) > 0 {
		a.insert(h, at, held{seq, t, bytes.Clone(data)})
	}
}

func (a *Assembler) insert(h *half, at int, x held) {
	h.held = slices.Insert(h.held, at, x)
	h.heldOctets += len(x.data)
	a.held += len(x.data)
}

func (x *held) end() uint32 { return x.seq + uint32(len(x.data)) }

// missing says up to where octets are missing, if they are: to the first octet
// held, the FIN, or the last octet acknowledged, whichever comes first.
func (h *half) missing() (to uint32, acked, ok bool) {
	if !h.known || h.closed {
		return 0, false, false
	}
	far := 0
	if h.hasAck {
		far = max(distance(h.expect, h.acked), 0)
		if h.fin && h.acked == h.finAt+1 {
			far-- // the FIN itself is acknowledged
		}
		acked = far > 0
	}
	if h.fin {
		if d := distance(h.expect, h.finAt); d > 0 && (far == 0 || d < far) {
			far = d
		}
	}
	if len(h.held) > 0 {
		d := distance(h.expect, h.held[0].seq)
		if !acked || d < far {
			far = d
		}
	}
	return h.expect + uint32(far), acked, far > 0
}

// settleAfterPacket notes what misses octets, and gives up on what is proven.
func (a *Assembler) settleAfterPacket(c *conn) error {
	if c.state != taken && c.state != undecided {
		return nil
	}
	some := false
	for i := range c.half {
		h := &c.half[i]
		_, acked, ok := h.missing()
		switch {
		case !ok:
			h.since, h.proofs = time.Time{}, 0
			continue
		case h.since.IsZero():
			h.since = a.now
		case acked:
			h.proofs++
		}
		some = true
	}
	if !some {
		delete(a.holes, c)
		return nil
	}
	a.holes[c] = true
	return a.settle(c, false)
}

// settle declares lost what was waited for long enough, or at once.
func (a *Assembler) settle(c *conn, now bool) error {
	for i := range c.half {
		h := &c.half[i]
		for {
			to, acked, ok := h.missing()
			if !ok {
				break
			}
			waited := a.now.Sub(h.since)
			if !now && !(acked && (h.proofs >= lateProofs || waited > maxProof)) && waited <= maxWait && h.heldOctets <= maxHeld {
				break
			}
			if err := a.lose(c, i, to); err != nil {
				return err
			}
			if c.state != taken {
				return nil
			}
		}
	}
	return a.closeIfDone(c, c.seen)
}

// lose reports octets as lost, with what is held right behind them if there is.
func (a *Assembler) lose(c *conn, i int, to uint32) error {
	h := &c.half[i]
	if c.state == undecided {
		a.ignore(c) // its greeting was not captured
		return nil
	}
	n := int64(distance(h.expect, to))
	h.expect = to
	h.off += n
	if !h.hasAck || distance(to, h.acked) <= 0 {
		// What is missing behind it has yet to be proven.
		h.since, h.proofs = a.now, 0
	}
	a.stats.Lost += n
	if len(h.held) == 0 || h.held[0].seq != to {
		return a.sink.Chunk(capture.Chunk{Conn: c.id, Dir: c.dir(i), Time: a.now, Off: h.off, Lost: n})
	}
	x := h.held[0]
	h.held = slices.Delete(h.held, 0, 1)
	h.heldOctets -= len(x.data)
	a.held -= len(x.data)
	h.expect += uint32(len(x.data))
	if err := a.hand(c, i, x.time, n, x.data); err != nil {
		return err
	}
	return a.drainReady(c, i)
}

// drain delivers everything of a half at its end, with what is missing as lost.
func (a *Assembler) drain(c *conn, i int, t time.Time) error {
	h := &c.half[i]
	for {
		to, _, ok := h.missing()
		if !ok {
			return nil
		}
		if err := a.lose(c, i, to); err != nil {
			return err
		}
	}
}

// hand gives octets to the sink, or to the judge if the connection is not taken.
func (a *Assembler) hand(c *conn, i int, t time.Time, lost int64, data []byte) error {
	if c.state == undecided {
		return a.judge(c, i, t, data)
	}
	if c.state != taken {
		return nil
	}
	h := &c.half[i]
	k := capture.Chunk{Conn: c.id, Dir: c.dir(i), Time: t, Off: h.off, Lost: lost, Data: data}
	h.off += int64(len(data))
	return a.sink.Chunk(k)
}

// closeIfDone closes c when both sides have said all.
func (a *Assembler) closeIfDone(c *conn, t time.Time) error {
	if c.done() {
		return a.end(c, t, capture.ErrFIN)
	}
	return nil
}

// done reports whether everything up to both FINs was delivered or is lost.
func (c *conn) done() bool {
	for i := range c.half {
		h := &c.half[i]
		h.closed = h.closed || h.fin && distance(h.finAt, h.expect) >= 0
	}
	return c.half[0].closed && c.half[1].closed
}
