package replay

import (
	"math"
	"sync/atomic"
	"time"
)

// schedule says when the sessions or commands of an open loop are due.
type schedule struct {
	start time.Time
	rate  float64       // per second
	ramp  time.Duration // in which the rate rises to it, from zero
}

// at returns when the nth one is due, counted from 0. After t seconds of a ramp of r seconds,
// rate*t*t/2r are due.
func (s schedule) at(n int) time.Time {
	ramp := s.ramp.Seconds()
	t := float64(n)/s.rate + ramp/2
	if t < ramp {
		t = math.Sqrt(2 * ramp * float64(n) / s.rate)
	}
	return s.start.Add(time.Duration(t * float64(time.Second)))
}

// tickets says when the next command of a load is due, whichever session sends it.
type tickets struct {
	schedule
	given atomic.Int64
}

// next returns when it is due. That is in the past if all sessions waited for the server then.
func (t *tickets) next() time.Time { return t.at(int(t.given.Add(1) - 1)) }
