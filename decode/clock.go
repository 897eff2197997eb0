package decode

import "time"

// clock keeps the times of a connection from running backwards, as the clock of a capture
// may: what came later is not earlier. Every time of an event is one that was captured,
// so no duration between two is negative; while the capture's clock is behind, time
// stands still. Captured bytes keep their own times; capture/pcap notes the step.
type clock struct{ latest time.Time }

// maxBack is how far back is still behind. If a time is further back, the latest one was
// wrong, as one packet of the year 2063 is, and must not stop all others.
const maxBack = 24 * time.Hour

// pass returns t, or the latest time so far if t is before it.
func (c *clock) pass(t time.Time) time.Time {
	if t.Before(c.latest) && c.latest.Sub(t) <= maxBack {
		return c.latest
	}
	c.latest = t
	return t
}
