package pcap

import (
	"slices"
	"time"

	"imapscope/capture"
)

// Options configures reassembly. The zero value is ready to use.
type Options struct {
	Ports  []uint16 // server ports in addition to 143 and 993
	Origin string   // for capture.Conn.Origin; Files sets it

	// MaxConns bounds the connections remembered, including those that are not
	// IMAP and those that have ended; beyond it the least recently seen one is
	// forgotten, with capture.Idle if it is open. 0 means DefaultMaxConns.
	MaxConns int
	// MaxHeld bounds the bytes held, for all connections together, because
	// something before them is missing. 0 means DefaultMaxHeld.
	MaxHeld int

	everything bool // report every connection: for tests against other reassemblers
}

// Defaults of Options. A connection takes about 500 bytes.
const (
	DefaultMaxConns = 1 << 15
	DefaultMaxHeld  = 32 << 20
)

// Stats counts what an Assembler made of the packets.
type Stats struct {
	Packets       int64
	Skipped       [skips]int64 // by reason
	Taken         int64        // connections
	Ignored       int64        // connections that are not IMAP
	Retransmitted int64        // bytes that were sent again
	Lost          int64        // bytes that were never captured
}

// Assembler turns frames into connections. It is for one goroutine.
//
// Bytes in order go straight from the frame to the sink; only bytes that arrive
// too early are copied. See half.missing for how it decides that bytes are lost.
type Assembler struct {
	opts  Options
	sink  capture.Sink
	event capture.Event // the one that sink sees
	ports map[uint16]bool
	stats Stats

	frags fragments

	conns  map[flow]*conn
	begun  uint64         // connections so far
	last   *conn          // the connection of the packet before
	recent [256]*conn     // those seen last, by segment.slot: most packets need no look into conns
	lru    conn           // ring: lru.next was seen last, lru.prev is forgotten first
	ids    capture.ConnID // assigned so far
	waits  waits          // connections that miss bytes
	held   int            // bytes held, of all connections
	spare  [][]byte       // buffers of segments that were held
	clock  timeline
	strays int // bytes of strays, of all connections

	missed      int64            // connections that were not taken
	missedPorts map[uint16]int64 // by server port, at most maxPorts
}

// flow is a pair of endpoints, the same for both directions.
type flow struct{ a, b endpoint }

// NewAssembler returns an Assembler that reports to s.
func NewAssembler(o Options, s capture.Sink) *Assembler {
	if o.MaxConns <= 0 {
		o.MaxConns = DefaultMaxConns
	}
	if o.MaxHeld <= 0 {
		o.MaxHeld = DefaultMaxHeld
	}
	a := &Assembler{
		opts:  o,
		sink:  s,
		ports: make(map[uint16]bool),
		conns: make(map[flow]*conn),
	}
	for _, p := range o.Ports {
		a.ports[p] = true
	}
	a.lru.next, a.lru.prev = &a.lru, &a.lru
	return a
}

// Stats returns the counts so far.
func (a *Assembler) Stats() Stats { return a.stats }

// Packet processes one frame. Its error is the sink's.
func (a *Assembler) Packet(p *Packet) error {
	_, err := a.packet(p)
	return err
}

// packet also returns why the frame was skipped, if it was.
func (a *Assembler) packet(p *Packet) (Skip, error) {
	a.stats.Packets++
	a.clock.pass(p.Time)
	ip, skip := network(p.Link, p.Data)
	var s segment
	if skip == NotSkipped {
		skip = a.transport(ip, &s)
	}
	if skip != NotSkipped {
		a.stats.Skipped[skip]++
		return skip, nil
	}
	s.sender = p.Sender
	if p.Recorded && s.sender == SenderUnknown && s.flags&flagSYN != 0 {
		// A recording from before they were marked: that it is IMAP is certain.
		s.sender = SenderClient
		if s.flags&flagACK != 0 {
			s.sender = SenderServer
		}
	}
	return NotSkipped, a.segment(&s, p.Time, p.Comment)
}

// segment finds the connection of a segment, or begins one; comment is from its
// packet's.
func (a *Assembler) segment(s *segment, t time.Time, comment string) error {
	c := a.find(s)
	if c != nil && c.replacedBy(s) {
		// The port pair is reused; the end of its last use was not seen.
		if err := a.end(c, c.seen, capture.EndOfCapture); err != nil {
			return err
		}
		a.forget(c)
		c = nil
	}
	if c == nil {
		if len(a.conns) >= a.opts.MaxConns {
			if err := a.evict(); err != nil {
				return err
			}
		}
		c = a.begin(s.flow(), s, t)
	}
	a.last = c
	a.recent[s.slot()] = c
	if a.clock.back {
		if err := a.noteStep(c, t, comment); err != nil {
			return err
		}
	}
	if comment != "" {
		if err := a.remark(c, t, comment); err != nil {
			return err
		}
	}
	if err := a.advance(c, s, t); err != nil {
		return err
	}
	return a.sweep()
}

// find returns the connection of a segment, which is the one that was seen last then; nil if it
// is not known.
func (a *Assembler) find(s *segment) *conn {
	c := a.last
	if c != nil && c.between(s) {
		return c
	}
	if c = a.recent[s.slot()]; c == nil || !c.between(s) {
		c = a.conns[s.flow()]
	}
	if c != nil {
		a.touch(c)
	}
	return c
}

// flow returns the flow of a segment.
func (s *segment) flow() flow {
	if less(s.dst, s.src) {
		return flow{s.dst, s.src}
	}
	return flow{s.src, s.dst}
}

// slot returns the place in Assembler.recent: the same for both directions.
func (s *segment) slot() uint8 {
	ports := s.src.port ^ s.dst.port
	return uint8(ports ^ ports>>8)
}

func less(x, y endpoint) bool {
	if c := x.addr.Compare(y.addr); c != 0 {
		return c < 0
	}
	return x.port < y.port
}

// Tick advances the clock of a live source while no packet arrives, so that the
// wait for missing bytes ends.
func (a *Assembler) Tick(now time.Time) error {
	a.clock.pass(now)
	return a.sweep()
}

// sweep gives up waiting where the time is up, and everywhere if too much is held.
func (a *Assembler) sweep() error {
	if a.held > a.opts.MaxHeld {
		for _, c := range inOrder(slices.Clone(a.waits.conns)) {
			if err := a.giveUp(c, true); err != nil {
				return err
			}
		}
	}
	for range a.waits.conns {
		c := a.waits.over(a.clock.run)
		if c == nil {
			break
		}
		if err := a.giveUp(c, false); err != nil {
			return err
		}
	}
	return nil
}

// giveUp settles c, which is waiting.
func (a *Assembler) giveUp(c *conn, now bool) error {
	a.waits.looks++
	if err := a.settle(c, now); err != nil {
		return err
	}
	a.waits.put(c)
	return nil
}

// Flush ends the capture: held bytes are delivered, and every open connection is
// closed with capture.EndOfCapture, in the order in which they began.
func (a *Assembler) Flush() error {
	var open []*conn
	for _, c := range a.conns {
		switch c.state {
		case taken:
			open = append(open, c)
		case undecided:
			a.miss(c)
		}
	}
	for _, c := range inOrder(open) {
		if err := a.end(c, c.seen, capture.EndOfCapture); err != nil {
			return err
		}
	}
	a.conns = make(map[flow]*conn)
	a.waits = waits{looks: a.waits.looks}
	a.frags = fragments{}
	a.held, a.strays = 0, 0
	a.lru.next, a.lru.prev = &a.lru, &a.lru
	a.last = nil
	clear(a.recent[:])
	return nil
}
