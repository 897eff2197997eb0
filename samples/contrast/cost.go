package contrast

import (
	"time"

	"imapscope/capture"
)

// A Cost is what a task, or a step of it, needed.
type Cost struct {
	Connections    int           // that were opened
	RoundTrips     int           // how often a client waited for the server
	Sent, Received int64         // bytes of the client and of the server, without those of TCP
	Time           time.Duration // from the first fact to the last
}

// connecting is the number of round trips of a connection up to its greeting: TCP's, and the one
// that the server's greeting takes after it.
const connecting = 2

// Total returns what the whole task needed.
func (r *Recording) Total() Cost { return r.Cost(Range{0, len(r.Facts)}) }

// Cost returns what happened in some of the facts. A client waits once for the answer to all that
// it sent together.
func (r *Recording) Cost(x Range) Cost {
	var c Cost
	facts := r.Facts[x.From:x.To]
	waiting := make(map[capture.ConnID]bool)
	for i := range facts {
		e := &facts[i]
		switch {
		case e.Kind == capture.Opened:
			c.Connections++
			c.RoundTrips += connecting
		case e.Kind != capture.Data:
		case e.Dir == capture.ClientToServer:
			c.Sent += int64(len(e.Data))
			waiting[e.Conn] = true
		default:
			c.Received += int64(len(e.Data))
			if waiting[e.Conn] {
				c.RoundTrips++
			}
			waiting[e.Conn] = false
		}
	}
	if len(facts) > 0 {
		c.Time = facts[len(facts)-1].Time.Sub(facts[0].Time)
	}
	return c
}
