package pcap

import (
	"slices"
	"time"

	"imapscope/capture"
)

// half is one direction of a connection.
type half struct {
	known   bool // expect is known
	guessed bool // expect is from a segment without data, which may be a keep-alive
	syn     bool // isn is known
	hasAck  bool
	hasSent bool
	fin     bool // a FIN was seen, at finAt
	closed  bool // everything up to the FIN was delivered
	told    bool // its end was reported

	isn    uint32 // sequence number of the SYN
	expect uint32 // sequence number of the next byte to deliver
	acked  uint32 // the highest number that the other side acknowledged
	sent   uint32 // the end of what was sent, captured or not
	finAt  uint32
	claim  claim
	off    int64 // the stream position of expect
	last   int64 // capture time of the last bytes delivered, in Unix nanoseconds

	held      []held // too early, sorted, not overlapping
	ready     int    // the first of them wait for the other half only
	heldBytes int    // the cost of keeping them
	rare      *rare  // nil until something is missing, or not credible
}

// rare is the part of a half that most never need. There may be tens of thousands of
// connections, so it is allocated when it is needed first.
type rare struct {
	hole   hole   // the wait for missing bytes
	claim  hole   // the wait for another ACK, while segments of the other half wait for this one
	strays []held // not credible, each following the one before
}

// rarely returns h.rare, which it allocates.
func (h *half) rarely() *rare {
	if h.rare == nil {
		h.rare = new(rare)
	}
	return h.rare
}

// hole returns the wait for missing bytes; if there was none so far, an empty one, which is
// not to be changed.
func (h *half) hole() *hole {
	if h.rare == nil {
		return &hole{}
	}
	return &h.rare.hole
}

// held is a segment that waits for bytes before it, or for those that it acknowledges.
type held struct {
	seq, ack uint32
	time     time.Time
	packet   int64 // its number
	data     []byte
	buf      []byte // that data is part of; nil if it is not a copy
}

// heldCost is the cost of keeping a segment, in addition to its bytes.
const heldCost = 64

func (x *held) end() uint32 { return x.seq + uint32(len(x.data)) }
func (x *held) size() int   { return len(x.data) + heldCost }

// How long missing bytes are waited for.
//
// An ACK of them shows that they were received, so if they are not here they were not
// captured. Captures are nearly in order: packets from one queue of an interface may
// be in the file many packets, but only a short time, after those of another queue. So
// maxProof of time must pass before the ACK counts, or lateBytes of the connection, so
// that a busy one is not held up; or the conversation continues, which takes a round
// trip each time: lateProofs times the other side sends something new, having
// received something new, or it repeats its ACK. Without an ACK they may still be sent
// again, as long as the sender tries: maxWait of capture time without progress, or
// until maxHeld bytes after them are held, or the connection ends.
const (
	lateProofs = 3
	lateBytes  = 256 << 10
	maxWait    = 30 * time.Second
	maxProof   = 200 * time.Millisecond
	maxHeld    = 1 << 20
	// maxAhead is how far from the expected number a number is believed at once;
	// beyond it, strayRun segments in a row must follow one another. A forged or
	// damaged segment must not lose the stream, and a capture that paused must
	// not end it.
	maxAhead = 16 << 20
	strayRun = 4
	// maxLost is the largest loss that is reported: TCP's largest window (RFC 7323,
	// section 2.3). Beyond it, it is another connection.
	maxLost = 1 << 30
)

// distance returns how far y is after x in sequence space; it is negative if y is before x.
func distance(x, y uint32) int { return int(int32(y - x)) }

// advance processes one segment of c.
func (a *Assembler) advance(c *conn, s *segment, t time.Time) (err error) {
	c.seen = t
	i := c.sender(s)
	h, o := &c.half[i], &c.half[1-i]
	if c.state == undecided {
		if err := a.place(c, s); err != nil {
			return err
		}
	}
	switch {
	case c.state == ignored:
		return nil
	case c.state == ended:
		return a.stray(c, i, held{seq: s.seq, ack: s.ack, time: t, packet: a.stats.Packets, data: s.data})
	case s.flags&flagRST != 0:
		return a.reset(c, i, s, t)
	}
	seq := s.seq
	if s.flags&flagSYN != 0 {
		if err := a.synchronize(c, h, seq); err != nil {
			return err
		}
		seq++
	}
	if !h.known || h.claim.first && len(s.data) > 0 && (distance(h.expect, seq) < 0 || !near(h.expect, seq)) {
		if !near(h.expect, seq) {
			h.unsee() // it is about other numbers
		}
		h.known, h.guessed, h.expect = true, len(s.data) == 0 && s.flags&flagFIN == 0, seq
	}
	h.claim.first = h.claim.first && len(s.data) == 0
	near, ack := near(h.expect, seq), o.expect
	if s.flags&flagACK != 0 && near {
		ack = s.ack
		o.acknowledged(ack, h.hasSent && distance(h.sent, seq) < 0)
		o.extend()
		if err := a.drainReady(c); err != nil {
			return err
		}
	}
	switch {
	case len(s.data) == 0:
	case seq == h.expect && h.ready == 0 && !h.fin && !o.owes(ack): // so nearly always
		err = a.next(c, i, t, s.data)
	default:
		err = a.accept(c, i, &held{seq: seq, ack: ack, time: t, packet: a.stats.Packets, data: s.data})
	}
	if err != nil {
		return err
	}
	if at := distance(h.expect, seq); at < 0 && len(s.data) == 0 && s.cut > 0 && near {
		if err := a.again(c, i, t, at, min(-at, s.cut)); err != nil { // a recording does not contain those bytes
			return err
		}
	}
	h.sends(s, seq+uint32(len(s.data)+s.cut), near)
	if err := a.settleAfterPacket(c, i, s); err != nil {
		return err
	}
	return a.closeIfDone(c, t)
}

// synchronize begins a half at its SYN, unless it has begun.
func (a *Assembler) synchronize(c *conn, h *half, isn uint32) error {
	if h.known && (h.syn || h.off > 0) {
		return nil
	}
	a.start(h, isn)
	return a.drainReady(c)
}

// reset ends a connection by an RST of half i, unless it is not of this connection.
func (a *Assembler) reset(c *conn, i int, s *segment, t time.Time) error {
	if !c.half[i].resets(&c.half[1-i], s) {
		return nil
	}
	c.refused = c.half[0].off+c.half[1].off == 0
	if err := a.drainBoth(c); err != nil {
		return err
	}
	if err := a.reportEnds(c, t); err != nil {
		return err
	}
	if err := a.halfClosed(c, i, t, capture.RST); err != nil {
		return err
	}
	return a.end(c, t, capture.RST)
}

// sends follows how far a half has sent with a packet that ends at end, and is near what was
// expected or not.
func (h *half) sends(s *segment, end uint32, near bool) {
	if near && (!h.hasSent || distance(h.sent, end) > 0) {
		h.hasSent, h.sent = true, end
		h.outweigh()
	}
	if s.cut > 0 && h.got() == end-uint32(s.cut) {
		h.acknowledged(end, false) // in effect: they were sent, and not captured
	}
	// A FIN before data already seen is not a FIN.
	if s.flags&flagFIN != 0 && !h.fin && near && distance(h.expect, end) >= 0 {
		h.fin, h.finAt = true, end
	}
}

// start sets the initial sequence number, from a SYN. Data processed before it, if it
// fits, was captured out of order.
func (a *Assembler) start(h *half, isn uint32) {
	h.known, h.guessed, h.syn, h.isn, h.expect = true, false, true, isn, isn+1
	h.unsee()
	if len(h.held) > 0 && (distance(h.expect, h.held[0].seq) < 0 || !near(h.expect, h.held[len(h.held)-1].seq)) {
		a.discard(h)
	}
	h.ready = 0
	h.extend()
}

// unsee drops all that was seen of sequence numbers to come.
func (h *half) unsee() {
	h.fin, h.closed, h.hasAck, h.hasSent, h.claim = false, false, false, false, claim{}
	if h.rare != nil {
		h.rare.claim = hole{}
	}
}

// ahead returns how many bytes after from a number is that was believed once, 0 if it is before.
// One that is too far was passed long ago: numbers begin again after 2^32.
func ahead(from, seq uint32) int {
	if d := distance(from, seq); d > 0 && d <= 2*maxAhead {
		return d
	}
	return 0
}

// near reports whether a sequence number is believed at once.
func near(expect, seq uint32) bool {
	d := distance(expect, seq)
	return d <= maxAhead && d >= -maxAhead
}

// acknowledged records what the other side has received. Before anything of this
// half was seen, it also shows the half's position. An old segment is one that the other
// side sent before others that were seen.
func (h *half) acknowledged(ack uint32, old bool) {
	switch {
	case !h.known:
		h.known, h.guessed, h.expect, h.claim.first = true, false, ack, true
	case h.guessed && h.off == 0 && ack == h.expect+1: // that was a keep-alive
		h.guessed, h.expect = false, ack
	}
	if !near(h.expect, ack) {
		return
	}
	// One more than what was sent: a FIN that was not captured.
	if !h.hasSent || distance(h.sent, ack) > 1 {
		var ok bool
		if ack, ok = h.claims(ack); !ok {
			return
		}
	} else if distance(ack, h.claim.ack) > 0 && !old {
		h.claim.open = false // less than it claimed
	}
	h.believe(ack)
}

func (h *half) believe(ack uint32) {
	if !h.hasAck || distance(h.acked, ack) > 0 {
		h.hasAck, h.acked = true, ack
	}
}

// accept delivers data, or holds it if it has to wait. Bytes that were delivered
// already are cut off: the first copy counts.
func (a *Assembler) accept(c *conn, i int, x *held) error {
	if c.state == ignored { // for what was delivered just before
		return nil
	}
	h := &c.half[i]
	if !near(h.expect, x.seq) {
		return a.stray(c, i, *x)
	}
	if h.fin && distance(h.finAt, x.end()) > 0 {
		if h.hasAck && distance(h.finAt, h.acked) > 0 {
			x.data = x.data[:max(len(x.data)-distance(h.finAt, x.end()), 0)]
		} else {
			h.fin, h.closed = false, false // a FIN with data after it was forged
		}
	}
	d := distance(h.expect, x.seq)
	if d < 0 {
		old := min(-d, len(x.data))
		a.stats.Retransmitted += int64(old)
		x.data, x.seq = x.data[old:], x.seq+uint32(old)
		if err := a.again(c, i, x.time, d, old); err != nil {
			return err
		}
	}
	switch {
	case len(x.data) == 0:
		return nil
	case d > 0 || h.ready > 0 || c.half[1-i].owes(x.ack):
		a.hold(h, *x)
		return a.drainReady(c)
	}
	return a.next(c, i, x.time, x.data)
}

// next delivers the data that is due, and what waited for it.
func (a *Assembler) next(c *conn, i int, t time.Time, data []byte) error {
	h := &c.half[i]
	h.expect += uint32(len(data))
	h.extend()
	if err := a.deliver(c, i, t, data); err != nil {
		return err
	}
	return a.drainReady(c)
}

// pop removes and returns the first held segment.
func (a *Assembler) pop(h *half) held {
	x := h.held[0]
	switch n := len(h.held); {
	case n <= fewHeld: // so nearly always
		copy(h.held, h.held[1:])
		h.held[n-1] = held{}
		h.held = h.held[:n-1]
	case n == fewHeld+1:
		h.held = slices.Clone(h.held[1:]) // the list may have been long
	default:
		h.held[0] = held{}
		h.held = h.held[1:]
	}
	h.ready = max(h.ready-1, 0)
	a.drop(h, x.size())
	return x
}

// discard drops everything held.
func (a *Assembler) discard(h *half) {
	a.drop(h, h.heldBytes)
	h.held, h.ready = nil, 0
}

// drop reduces the count of held bytes.
func (a *Assembler) drop(h *half, size int) {
	a.held -= size
	h.heldBytes -= size
}

// hold keeps a copy of those bytes that are not held yet, in order.
func (a *Assembler) hold(h *half, n held) {
	at := len(h.held)
	for at > 0 && distance(n.seq, h.held[at-1].seq) > 0 || at > 0 && distance(h.held[at-1].end(), n.seq) < 0 {
		at-- // usually it belongs at the end
	}
	for ; at < len(h.held) && len(n.data) > 0; at++ {
		x := &h.held[at]
		before := distance(n.seq, x.seq) // bytes of n before x
		if before >= len(n.data) {
			break
		}
		if before > 0 {
			a.insert(h, at, n, before)
			n.data, n.seq = n.data[before:], n.seq+uint32(before)
			continue // x is examined again, one position later
		}
		if over := distance(n.seq, x.end()); over > 0 {
			over = min(over, len(n.data))
			a.stats.Retransmitted += int64(over)
			n.data, n.seq = n.data[over:], n.seq+uint32(over)
		}
	}
	if len(n.data) > 0 {
		a.insert(h, at, n, len(n.data))
	}
	h.extend()
}

// fewHeld is how many held segments are moved when the first of them is delivered.
const fewHeld = 16

// maxSpare is how many buffers are kept for segments to hold.
const maxSpare = 64

// buffer returns a buffer of a size. One that was used before is taken only if it is not
// much larger: what is held is bounded by its size, not by that of its buffers.
func (a *Assembler) buffer(size int) []byte {
	if n := len(a.spare); n > 0 && size <= cap(a.spare[n-1]) && cap(a.spare[n-1]) <= 2*size {
		b := a.spare[n-1]
		a.spare = a.spare[:n-1]
		return b[:size]
	}
	return make([]byte, size)
}

// reuse takes back the buffer of a segment that was held.
func (a *Assembler) reuse(x *held) {
	if x.buf != nil && len(a.spare) < maxSpare {
		a.spare = append(a.spare, x.buf)
	}
}

// insert keeps the first bytes of x.
func (a *Assembler) insert(h *half, at int, x held, size int) {
	x.buf = a.buffer(size)
	copy(x.buf, x.data)
	x.data = x.buf
	h.held = slices.Insert(h.held, at, x)
	h.heldBytes += x.size()
	a.held += x.size()
}

// deliver passes bytes to the sink, or to judge if the connection is not taken yet.
func (a *Assembler) deliver(c *conn, i int, t time.Time, data []byte) error {
	if c.state == undecided {
		return a.judge(c, i, t, data)
	}
	if c.state != taken {
		return nil
	}
	h := &c.half[i]
	off := h.off
	h.off += int64(len(data))
	h.last = t.UnixNano()
	return a.reportData(c.id, c.dir(i), t, off, data)
}

// twiceCaptured is the time within which a repeated segment was most likely captured
// twice, on two interfaces: no host retransmits that quickly.
const twiceCaptured = 5 * time.Millisecond

// again reports n bytes that came again, the first of them at bytes away from the
// expected position. A single byte is a keep-alive (RFC 1122, section 4.2.3.6).
func (a *Assembler) again(c *conn, i int, t time.Time, at, n int) error {
	h := &c.half[i]
	if c.state != taken || n <= 1 || t.UnixNano()-h.last < int64(twiceCaptured) {
		return nil
	}
	return a.report(capture.Event{Kind: capture.Again, Conn: c.id, Dir: c.dir(i), Time: t, Off: h.off + int64(at), N: int64(n)})
}
