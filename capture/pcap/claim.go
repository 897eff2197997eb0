package pcap

// claim is an ACK of bytes that the sender was not seen to send: they were not captured,
// or come later in the file, or the ACK is damaged. As it may be damaged, it counts only
// once another ACK confirms it, or nothing follows. Data from the sender in the meantime
// outweighs it.
type claim struct {
	open  bool
	first bool // the beginning of the half is known only from an ACK
	stale bool // segments of the other half waited for another ACK long enough: see rare
	ack   uint32
}

// claimed returns how many bytes after those delivered are claimed, while that counts.
// Of a single byte, most likely a FIN, it does not.
func (h *half) claimed() int {
	c := &h.claim
	if !c.open || c.stale || h.hasSent && distance(h.sent, c.ack) <= 1 {
		return 0
	}
	return ahead(h.expect, c.ack)
}

// claims processes an ACK beyond what was sent, and returns the part that can be believed.
func (h *half) claims(ack uint32) (believed uint32, ok bool) {
	c := &h.claim
	open, before := c.open, c.ack
	c.open, c.ack = true, ack
	c.stale = c.stale && before == ack
	if !open || distance(before, ack) < 0 {
		return 0, false
	}
	return before, true
}

// outweigh ends a claim: the sender has sent more. If it sent that much, the claim is
// true.
func (h *half) outweigh() {
	if c := &h.claim; c.open {
		c.open = false
		if distance(c.ack, h.sent) >= 0 {
			h.believe(c.ack)
		}
	}
}

// unanswered returns, at the end of a half, the claim after which the sender sent
// nothing: it is as good as any other ACK. A single byte is most likely a FIN.
func (h *half) unanswered() (to uint32, ok bool) {
	c := &h.claim
	return c.ack, c.open && !h.fin && !h.ended() && ahead(h.expect, c.ack) > 1
}
