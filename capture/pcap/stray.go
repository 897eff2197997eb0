package pcap

import (
	"bytes"

	"imapscope/capture"
)

// maxStrays bounds the bytes of strays, of all connections together.
const maxStrays = 4 << 20

// stray processes data whose sequence number is not credible, or that comes after the
// end. A few such segments that follow one another are real: the capture paused, or
// the port pair is reused and its SYN was not captured.
func (a *Assembler) stray(c *conn, i int, x held) error {
	h := &c.half[i]
	if len(x.data) == 0 || !h.known || near(h.expect, x.seq) {
		return nil
	}
	r := h.rarely()
	if n := len(r.strays); n > 0 && r.strays[n-1].end() != x.seq {
		a.clearStrays(h)
	}
	if a.strays+len(x.data) > maxStrays {
		return nil
	}
	x.data = bytes.Clone(x.data)
	r.strays = append(r.strays, x)
	a.strays += len(x.data)
	if len(r.strays) < strayRun {
		return nil
	}
	run := r.strays
	a.clearStrays(h)
	ahead := distance(h.expect, run[0].seq)
	if c.state != ended && ahead > 0 && ahead <= maxLost {
		return a.resume(c, i, run)
	}
	return a.restart(c, i, run)
}

func (a *Assembler) clearStrays(h *half) {
	if h.rare == nil {
		return
	}
	for _, x := range h.rare.strays {
		a.strays -= len(x.data)
	}
	h.rare.strays = nil
}

// resume continues after a great loss.
func (a *Assembler) resume(c *conn, i int, run []held) error {
	h := &c.half[i]
	if err := a.drainBoth(c); err != nil {
		return err
	}
	h.fin, h.closed = false, false
	for n, x := range run {
		if c.state == ended || c.state == ignored {
			return nil
		}
		if n == 0 {
			if err := a.lose(c, i, x.seq); err != nil {
				return err
			}
		}
		if err := a.accept(c, i, &x); err != nil {
			return err
		}
	}
	return nil
}

// restart treats the run as another connection between the same endpoints.
func (a *Assembler) restart(c *conn, i int, run []held) error {
	from, to := c.flow.a, c.flow.b
	if i == 1 {
		from, to = to, from
	}
	if err := a.end(c, c.seen, capture.EndOfCapture); err != nil {
		return err
	}
	a.forget(c)
	fresh := a.begin(c.flow, &segment{}, run[0].time)
	for _, x := range run {
		if err := a.advance(fresh, &segment{src: from, dst: to, seq: x.seq, data: x.data}, x.time); err != nil {
			return err
		}
	}
	return nil
}
