package pcap

import (
	"cmp"
	"slices"
	"time"

	"imapscope/capture"
)

// conn is one TCP connection, or what is remembered of it.
type conn struct {
	flow       flow
	state      connState
	serverIsB  bool // which endpoint of the flow is the server; known once the connection is taken
	knowServer bool
	stepped    bool // its clock ran backwards, and a note says so
	mid        bool // its SYN was not captured
	refused    bool // ended by a RST before any data
	id         capture.ConnID
	start      time.Time
	seen       time.Time     // its last packet
	patience   time.Duration // of Assembler.clock: until when it waits for bytes
	waiting    int           // its place in Assembler.waits, counted from 1; 0: it does not wait
	number     uint64        // in the order in which connections began
	half       [2]half       // by sender: flow.a, flow.b
	doubt      *doubt        // nil if nothing came before it was known to be IMAP

	prev, next *conn // the ring of Assembler.lru
}

type connState uint8

const (
	undecided connState = iota // on an unknown port: waiting for the greeting
	taken                      // reported to the sink
	ignored                    // no IMAP
	ended                      // closed: later packets are its remains
)

// doubt is what came of a connection before it was known to be IMAP.
type doubt struct {
	early []early
	notes []note
	noted int // bytes of notes, including those that were not kept
}

// doubtful returns c.doubt, which it allocates.
func (c *conn) doubtful() *doubt {
	if c.doubt == nil {
		c.doubt = new(doubt)
	}
	return c.doubt
}

// early is data from before its connection was taken.
type early struct {
	half int
	time time.Time
	data []byte
}

// begin remembers a new connection.
func (a *Assembler) begin(key flow, s *segment, t time.Time) *conn {
	a.begun++
	c := &conn{flow: key, start: t, mid: s.flags&flagSYN == 0, number: a.begun}
	a.conns[key] = c
	a.link(c)
	return c
}

// touch makes c the most recently seen one.
func (a *Assembler) touch(c *conn) {
	if a.lru.next != c {
		c.prev.next, c.next.prev = c.next, c.prev
		a.link(c)
	}
}

// link puts c at the front of the ring.
func (a *Assembler) link(c *conn) {
	c.prev, c.next = &a.lru, a.lru.next
	c.prev.next, c.next.prev = c, c
}

// forget removes c.
func (a *Assembler) forget(c *conn) {
	c.prev.next, c.next.prev = c.next, c.prev
	delete(a.conns, c.flow)
	a.release(c)
	if a.last == c {
		a.last = nil
	}
	if at := (&segment{src: c.flow.a, dst: c.flow.b}).slot(); a.recent[at] == c {
		a.recent[at] = nil
	}
}

// release frees what c holds.
func (a *Assembler) release(c *conn) {
	a.waits.remove(c)
	for i := range c.half {
		a.discard(&c.half[i])
		a.clearStrays(&c.half[i])
		c.half[i].rare = nil
	}
	c.doubt = nil
}

// evict makes room for one more connection.
func (a *Assembler) evict() error {
	c := a.lru.prev
	err := a.end(c, c.seen, capture.Idle)
	a.forget(c)
	return err
}

// replacedBy reports whether a SYN begins another connection between the same
// endpoints: one with a different number, or any after a refusal (the client
// tries again; or the RST was forged, and the SYN is accepted after all).
func (c *conn) replacedBy(s *segment) bool {
	if s.flags&flagSYN == 0 || s.flags&flagRST != 0 {
		return false
	}
	if c.state == ended && c.refused {
		return true
	}
	i := c.sender(s)
	h, o := &c.half[i], &c.half[1-i]
	if !h.known || s.flags&flagACK != 0 && o.syn && s.ack == o.isn+1 {
		return false // the first of its side, or the answer to the other side's
	}
	if h.syn {
		return h.isn != s.seq
	}
	// Its SYN may be late in the capture; then it fits the data seen.
	fits := h.expect-uint32(h.off) == s.seq+1
	return !fits && (c.state == ended || h.off+o.off > 0)
}

// between reports whether s is from one of the ends of c to the other.
func (c *conn) between(s *segment) bool {
	a, b := &c.flow.a, &c.flow.b
	return a.is(&s.src) && b.is(&s.dst) || a.is(&s.dst) && b.is(&s.src)
}

// sender returns the half that s belongs to.
func (c *conn) sender(s *segment) int {
	if c.flow.a.is(&s.src) {
		return 0
	}
	return 1
}

// dir returns the direction of a half.
func (c *conn) dir(half int) capture.Direction {
	if (half == 1) == c.serverIsB {
		return capture.ServerToClient
	}
	return capture.ClientToServer
}

// nextID returns the number of the next connection that is reported.
func (a *Assembler) nextID() capture.ConnID {
	a.ids++
	a.stats.Taken++
	return a.ids
}

// open reports c to the sink.
func (a *Assembler) open(c *conn) error {
	c.id = a.nextID()
	c.state = taken
	client, server := c.flow.a, c.flow.b
	if !c.serverIsB {
		client, server = server, client
	}
	err := a.report(capture.Event{Kind: capture.Opened, Conn: c.id, Time: c.start, Info: &capture.Conn{
		ID:        c.id,
		Client:    client.addrPort(),
		Server:    server.addrPort(),
		Start:     c.start,
		Origin:    a.opts.Origin,
		MidStream: c.mid,
	}})
	before := c.doubt
	if c.doubt = nil; before == nil {
		return err
	}
	for _, n := range before.notes {
		if err == nil {
			err = a.note(c, n)
		}
	}
	for _, e := range before.early {
		if err == nil {
			err = a.deliver(c, e.half, e.time, e.data)
		}
	}
	return err
}

// end delivers what is held of c and closes it. c is remembered, because more of
// its packets may follow.
func (a *Assembler) end(c *conn, t time.Time, cause capture.Cause) error {
	if c.state == ended {
		return nil
	}
	was := c.state
	err := a.drainBoth(c)
	if err == nil {
		err = a.reportEnds(c, t)
	}
	if cause == capture.EndOfCapture && c.done() {
		cause = capture.FIN // only missing bytes were still waited for
	}
	c.state = ended
	a.release(c)
	if was == undecided {
		a.miss(c)
	}
	if was != taken || err != nil {
		return err
	}
	return a.report(capture.Event{Kind: capture.Closed, Conn: c.id, Time: t, Cause: cause})
}

// report passes an event to the sink.
func (a *Assembler) report(e capture.Event) error {
	a.event = e
	return a.sink.Event(&a.event)
}

// reportData passes bytes to the sink. Most events are data, so it sets only what differs
// between two of them.
func (a *Assembler) reportData(id capture.ConnID, dir capture.Direction, t time.Time, off int64, data []byte) error {
	e := &a.event
	if e.Kind != capture.Data {
		*e = capture.Event{Kind: capture.Data}
	}
	e.Conn, e.Dir, e.Time, e.Off, e.Data = id, dir, t, off, data
	return a.sink.Event(e)
}

// ignore marks c as not IMAP.
func (a *Assembler) ignore(c *conn) {
	c.state = ignored
	a.stats.Ignored++
	a.miss(c)
	a.release(c)
}

// inOrder sorts connections by when they began.
func inOrder(list []*conn) []*conn {
	slices.SortFunc(list, func(x, y *conn) int { return cmp.Compare(x.number, y.number) })
	return list
}
