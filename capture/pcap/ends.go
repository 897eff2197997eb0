package pcap

import (
	"time"

	"imapscope/capture"
)

// resets reports whether a RST is a real one. Its number must be the one that the
// other side expects (RFC 5961, section 3.2), as far as can be known. Before
// anything else of this half was seen, it must acknowledge the other's SYN
// (RFC 9293, section 3.10.7.3).
func (h *half) resets(o *half, s *segment) bool {
	if !h.known {
		return !o.known || s.flags&flagACK != 0 && s.ack == o.expect
	}
	switch d := distance(h.expect, s.seq); {
	case d == 0, h.hasAck && s.seq == h.acked && distance(h.expect, h.acked) > 0:
		return true
	case h.claim.open && s.seq == h.claim.ack:
		return true
	case len(h.held) > 0 && s.seq == h.held[len(h.held)-1].end():
		return true
	case h.fin && s.seq == h.finAt+1:
		return true
	}
	return false
}

// ended reports whether everything up to the FIN was delivered or is lost.
func (h *half) ended() bool {
	h.closed = h.closed || h.fin && distance(h.finAt, h.expect) >= 0
	return h.closed
}

// closeIfDone closes c when both sides have ended.
func (a *Assembler) closeIfDone(c *conn, t time.Time) error {
	if !c.half[0].fin && !c.half[1].fin {
		return nil
	}
	if err := a.reportEnds(c, t); err != nil {
		return err
	}
	if c.done() {
		return a.end(c, t, capture.FIN)
	}
	return nil
}

// reportEnds reports the FIN of each side that has ended.
func (a *Assembler) reportEnds(c *conn, t time.Time) error {
	for i := range c.half {
		if h := &c.half[i]; h.fin && !h.told && h.ended() {
			h.told = true
			if err := a.halfClosed(c, i, t, capture.FIN); err != nil {
				return err
			}
		}
	}
	return nil
}

// halfClosed reports that one side ended its direction.
func (a *Assembler) halfClosed(c *conn, i int, t time.Time, cause capture.Cause) error {
	if c.state != taken {
		return nil
	}
	return a.report(capture.Event{Kind: capture.HalfClosed, Conn: c.id, Dir: c.dir(i), Time: t, Cause: cause})
}

// done reports whether both sides have ended.
func (c *conn) done() bool {
	x, y := c.half[0].ended(), c.half[1].ended()
	return x && y
}
