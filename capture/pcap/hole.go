package pcap

import (
	"time"

	"imapscope/capture"
)

// hole is the wait for bytes that are missing.
type hole struct {
	open   bool
	at     uint32        // the first missing byte
	since  time.Duration // of Assembler.clock
	proven bool          // an ACK showed that they were received, so they will not come,
	proof  time.Duration // at this time,
	bytes  int           // and this many bytes of the connection ago
	ack    uint32        // the last ACK since then that counted,
	again  int           // how often it was repeated, with nothing else,
	said   uint32        // the last ACK in a segment with data,
	turns  int           // and how often data came with a new ACK
}

// missing returns up to where bytes are missing, if any are: to the first byte
// held, the FIN, or the last byte acknowledged, whichever comes first.
func (h *half) missing() (to uint32, acked, ok bool) {
	if !h.known || h.ended() {
		return 0, false, false
	}
	from := h.got()
	far := h.acknowledgedAfter(from)
	acked = far > 0
	if h.fin {
		if d := distance(from, h.finAt); far == 0 || d < far {
			far = d
		}
	}
	if len(h.held) > h.ready {
		if d := distance(from, h.held[h.ready].seq); far == 0 || d < far {
			far = d
		}
	}
	return from + uint32(far), acked, far > 0
}

// settleAfterPacket records which halves have missing bytes after s, sent by side from,
// and gives up on those that are proven lost.
func (a *Assembler) settleAfterPacket(c *conn, from int, s *segment) error {
	if c.state != taken && c.state != undecided {
		return nil
	}
	if err := a.drainReady(c); err != nil {
		return err
	}
	some := false
	for i := range c.half {
		h := &c.half[i]
		if h.complete() {
			if h.rare != nil {
				h.rare.hole.open, h.rare.claim.open = false, false
			}
			continue
		}
		if len(h.held) > 0 && h.ended() { // nothing follows a FIN
			a.discard(h)
		}
		_, acked, ok := h.missing()
		claimed := h.claimed() > 0
		if !ok && !claimed && h.rare == nil {
			continue
		}
		r := h.rarely()
		if ok {
			r.hole.note(h.got(), acked, a.clock.run)
			r.hole.pass(s, from != i)
			some = true
		} else {
			r.hole.open = false
		}
		if claimed {
			r.claim.note(h.claim.ack, true, a.clock.run)
			r.claim.pass(s, from != i)
			some = true
		} else {
			r.claim.open = false
		}
	}
	if !some {
		a.waits.remove(c)
		return nil
	}
	if err := a.settle(c, false); err != nil {
		return err
	}
	a.waits.put(c)
	return nil
}

// complete reports whether nothing is missing for certain: so it is after most packets, and
// this takes less time than to find out what is.
func (h *half) complete() bool {
	return len(h.held) == 0 && !h.fin && !h.claim.open && (!h.hasAck || distance(h.expect, h.acked) <= 0)
}

// note is called after each packet while bytes are missing.
func (w *hole) note(at uint32, acked bool, now time.Duration) {
	if !w.open || w.at != at { // the first missing bytes, or different ones
		*w = hole{open: true, at: at, since: now}
	}
	if acked && !w.proven {
		w.proven, w.proof = true, now
	}
}

// pass counts what arrived since the proof; other reports whether s is from the side
// that acknowledges.
func (w *hole) pass(s *segment, other bool) {
	if !w.proven {
		return
	}
	w.bytes += len(s.data)
	if !other || s.flags&flagACK == 0 {
		return
	}
	if len(s.data) > 0 && (w.turns == 0 || distance(w.said, s.ack) > 0) {
		w.said = s.ack
		w.turns++
	}
	switch {
	case w.ack == 0 || distance(w.ack, s.ack) > 0:
		w.ack, w.again = s.ack, 0
	case s.ack == w.ack && len(s.data) == 0:
		w.again++
	}
}

// over reports whether waiting any longer is pointless.
func (w *hole) over(now time.Duration) bool {
	late := w.bytes > lateBytes || w.again >= lateProofs || w.turns > lateProofs
	return w.proven && late || now > w.until()
}

// until returns until when it is waited for if nothing else happens.
func (w *hole) until() time.Duration {
	if w.proven {
		return min(w.proof+maxProof, w.since+maxWait)
	}
	return w.since + maxWait
}

// settle reports bytes as lost that were waited for long enough, or at once if now is set.
func (a *Assembler) settle(c *conn, now bool) error {
	for i := range c.half {
		if h := &c.half[i]; h.claimed() > 0 {
			h.claim.stale = now || h.rarely().claim.over(a.clock.run) || c.half[1-i].heldBytes > maxHeld
		}
	}
	for {
		if err := a.drainReady(c); err != nil {
			return err
		}
		i, to, ok := c.loss(func(h *half) (uint32, bool) {
			to, _, ok := h.missing()
			return to, ok && (now || h.hole().over(a.clock.run) || c.half[0].heldBytes > maxHeld || c.half[1].heldBytes > maxHeld)
		})
		if !ok {
			break
		}
		if err := a.lose(c, i, to); err != nil {
			return err
		}
		if c.state != taken {
			return nil
		}
		h := &c.half[i]
		if w := &h.rarely().hole; h.acknowledgedAfter(h.got()) > 0 && w.proven {
			w.at = h.got() // what is missing after it is proven too
		} else {
			*w = hole{open: true, at: h.got(), since: a.clock.run}
		}
	}
	return a.closeIfDone(c, c.seen)
}

// lose reports bytes as lost, and delivers what waited for them.
func (a *Assembler) lose(c *conn, i int, to uint32) error {
	h := &c.half[i]
	switch c.state {
	case undecided:
		a.ignore(c) // its greeting was not captured
		return nil
	case ignored: // for what was delivered before
		return nil
	}
	n := int64(to - h.expect)
	h.expect = to
	h.off += n
	h.extend()
	a.stats.Lost += n
	at := a.clock.now
	if next, ok := c.due(); ok {
		at = c.half[next].held[0].time
	}
	err := a.report(capture.Event{Kind: capture.Gap, Conn: c.id, Dir: c.dir(i), Time: at, Off: h.off - n, N: n})
	if err != nil {
		return err
	}
	return a.drainReady(c)
}
