package decode

import "time"

// clock keeps the times of a connection from running backwards, as the clock of a capture
// may. Every time of an event is one that was captured, and no duration between two
// events is negative; while the capture's clock is behind, time does not advance.
// Captured bytes keep their own times; capture/pcap notes the step.
type clock struct {
	latest time.Time
	sec    int64 // of latest, because comparing it with these is much faster
	nsec   int
}

func newClock(start time.Time) clock { return clock{start, start.Unix(), start.Nanosecond()} }

// maxBack is how far the clock may be behind. If a time is further back, the latest one
// was wrong, such as that of a packet of the year 2063, and must not stop all others.
const maxBack = 24 * time.Hour

// pass returns t, or the latest time so far if t is before it.
func (c *clock) pass(t time.Time) time.Time {
	sec, nsec := t.Unix(), t.Nanosecond()
	if behind := sec < c.sec || sec == c.sec && nsec < c.nsec; behind && c.latest.Sub(t) <= maxBack {
		return c.latest
	}
	c.latest, c.sec, c.nsec = t, sec, nsec
	return t
}
