package pcap

import "time"

// timeline follows the times of a capture, which may run backwards and jump: one
// packet of the year 2063 must not end all waiting, nor stop the clock for the
// packets after it.
type timeline struct {
	now    time.Time     // of the current packet
	latest time.Time     // the base of the next time difference
	run    time.Duration // how long it has run
	back   bool          // the current packet is earlier than the one before, or may be
	leapt  bool          // a time was so wrong that others after it are no guide either
}

const (
	maxLeap = 10 * time.Second // a jump forward counts as this much
	maxBack = 24 * time.Hour   // further back, the latest time was wrong
)

// pass advances the timeline to the time of a packet.
func (c *timeline) pass(t time.Time) {
	ahead := difference(t, c.latest)
	c.back = c.leapt || ahead < 0
	switch {
	case ahead < -maxBack:
		c.leapt = true
		c.latest = t
	case ahead > 0:
		if !c.latest.IsZero() {
			c.run += min(ahead, maxLeap)
		}
		c.latest = t
	}
	c.now = t
}

// difference returns t.Sub(u) for times without a monotonic clock. The times of two packets are usually
// so near to each other that no overflow has to be looked for.
func difference(t, u time.Time) time.Duration {
	const near = 1 << 32
	s := t.Unix() - u.Unix()
	if s <= -near || s >= near {
		return t.Sub(u)
	}
	return time.Duration(s)*time.Second + time.Duration(t.Nanosecond()-u.Nanosecond())
}
