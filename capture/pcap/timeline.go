package pcap

import "time"

// timeline runs with the times of a capture, which may run backwards, and leap: one
// packet of the year 2063 must not end all waiting, nor stop the clock for the
// packets behind it.
type timeline struct {
	now    time.Time     // of the packet at hand
	latest time.Time     // what the next time is measured against
	run    time.Duration // how long it ran
}

const (
	maxLeap = 10 * time.Second // a leap forward counts as this much
	maxBack = 24 * time.Hour   // further back, the latest time was wrong
)

// pass takes the time of a packet.
func (c *timeline) pass(t time.Time) {
	ahead := t.Sub(c.latest)
	switch {
	case c.latest.IsZero() || ahead < -maxBack:
		c.latest = t
	case ahead > 0:
		c.run += min(ahead, maxLeap)
		c.latest = t
	}
	c.now = t
}
