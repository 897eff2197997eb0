package pcap

// Which side's bytes come first.
//
// The order within a half is that of its sequence numbers; between the halves it is that
// of the packets, with one exception: a segment acknowledges what its sender had received
// when it sent it, so it follows those bytes, even if they are late in the file or not in
// it. While they are waited for (see hole), or the ACK waits to be believed (see claim),
// the segment is held, and so is everything of its half after it. What is held counts
// against maxHeld for each half, and against Options.MaxHeld for all connections together.

// got returns the number after what can be delivered, or waits for the other half only.
func (h *half) got() uint32 {
	if h.ready == 0 {
		return h.expect
	}
	end := h.held[h.ready-1].end()
	if distance(end, h.expect) > 0 {
		return h.expect // it was delivered already, from another segment
	}
	return end
}

// extend counts the held segments that follow what was delivered without a hole.
func (h *half) extend() {
	for h.ready < len(h.held) && distance(h.got(), h.held[h.ready].seq) <= 0 {
		h.ready++
	}
}

// acknowledgedAfter returns how many bytes after from the other side has acknowledged.
func (h *half) acknowledgedAfter(from uint32) int {
	if !h.hasAck {
		return 0
	}
	n := ahead(from, h.acked)
	switch {
	case h.fin && h.acked == h.finAt+1:
		n-- // the FIN itself is acknowledged
	case n == 1 && !h.fin && (len(h.held) == 0 || h.held[len(h.held)-1].end() == from):
		n = 0 // most likely a FIN that was not captured
	}
	return n
}

// owes reports whether bytes that the other side acknowledged with ack are not delivered yet.
func (h *half) owes(ack uint32) bool {
	return distance(h.expect, ack) > 0 && h.mayOwe(ack)
}

func (h *half) mayOwe(ack uint32) bool {
	if !h.known || h.ended() {
		return false
	}
	n := distance(h.expect, ack)
	if h.fin {
		n = min(n, distance(h.expect, h.finAt))
	}
	return min(n, max(h.acknowledgedAfter(h.expect), h.claimed())) > 0
}

// due returns the half whose first held segment is to be delivered next. If each side's
// waits for the other's, an ACK is damaged.
func (c *conn) due() (i int, ok bool) {
	p, q := &c.half[0], &c.half[1]
	if p.ready == 0 && q.ready == 0 {
		return 0, false
	}
	pWaits := p.ready > 0 && q.owes(p.held[0].ack)
	qWaits := q.ready > 0 && p.owes(q.held[0].ack)
	switch {
	case q.ready == 0:
		return 0, !pWaits
	case p.ready == 0:
		return 1, !qWaits
	case pWaits != qWaits:
		return index(pWaits), true
	}
	return index(q.held[0].before(&p.held[0])), true
}

func index(second bool) int {
	if second {
		return 1
	}
	return 0
}

// before reports whether x was captured before y.
func (x *held) before(y *held) bool {
	if x.time.Equal(y.time) {
		return x.packet < y.packet
	}
	return x.time.Before(y.time)
}

// drainReady delivers held data that is due now. Delivering it may end the
// connection or show that it is not IMAP, and then nothing is held any more.
func (a *Assembler) drainReady(c *conn) error {
	if c.half[0].ready|c.half[1].ready == 0 { // so nearly always
		return nil
	}
	return a.drainHeld(c)
}

func (a *Assembler) drainHeld(c *conn) error {
	for {
		i, ok := c.due()
		if !ok {
			return nil
		}
		h := &c.half[i]
		x := a.pop(h)
		old := min(distance(x.seq, h.expect), len(x.data))
		a.stats.Retransmitted += int64(old)
		if x.data = x.data[old:]; len(x.data) > 0 {
			h.expect += uint32(len(x.data))
			if err := a.deliver(c, i, x.time, x.data); err != nil {
				return err
			}
		}
		a.reuse(&x)
	}
}

// drainBoth delivers everything of a connection at its end, with missing bytes as lost.
func (a *Assembler) drainBoth(c *conn) error {
	if c.state != taken {
		return nil
	}
	for {
		if err := a.drainReady(c); err != nil {
			return err
		}
		i, to, ok := c.loss((*half).lostAtEnd)
		if !ok {
			return nil
		}
		if err := a.lose(c, i, to); err != nil {
			return err
		}
	}
}

// lostAtEnd returns up to where bytes are lost if nothing of the half follows.
func (h *half) lostAtEnd() (to uint32, ok bool) {
	if to, _, ok := h.missing(); ok {
		return to, true
	}
	if h.hasSent && ahead(h.expect, h.sent) > 0 && !h.ended() {
		return h.sent, true // the capture cut the last packets short
	}
	return h.unanswered()
}

// loss returns a half that has lost bytes directly after what was delivered, by what lost
// says, and up to where: the half whose bytes were missed first.
func (c *conn) loss(lost func(*half) (uint32, bool)) (i int, to uint32, ok bool) {
	for k := range c.half {
		h, o := &c.half[k], &c.half[1-k]
		if h.ready > 0 {
			continue // what follows waits for the other half
		}
		upto, found := lost(h)
		if !found || ok && !h.hole().first(c.half[i].hole()) {
			continue
		}
		if o.ready > 0 && distance(h.expect, o.held[0].ack) > 0 && distance(o.held[0].ack, upto) > 0 {
			upto = o.held[0].ack // the other side said something in between
		}
		i, to, ok = k, upto, true
	}
	return i, to, ok
}

// first reports whether w began before x.
func (w *hole) first(x *hole) bool {
	return w.open && (!x.open || w.since < x.since)
}
