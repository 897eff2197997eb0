package view

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// Times is where the time of sessions went: each moment between the first request and
// the last response of a connection is counted once, also where commands overlap.
type Times struct {
	RoundTrips int           // how often a client had nothing but to wait
	Request    time.Duration // commands on their way, waiting for ready included
	Server     time.Duration // until the first response
	Transfer   time.Duration // from there to the tagged response
	Pause      time.Duration // nothing outstanding: the client's time

	// Saves is what sending all commands of a session at once would save at most: each
	// round trip but the first of a connection, taken as long as the shortest wait for a
	// first response that the connection saw.
	Saves time.Duration

	open map[capture.ConnID]*sessionTime
}

// sessionTime is a connection that is being added up.
type sessionTime struct {
	until    time.Time // what is counted already
	trips    int
	shortest time.Duration
}

// add adds a transaction; those of a connection come in the order of their ends.
func (x *Times) add(id capture.ConnID, t *decode.Transaction) {
	if t.Outcome != decode.Completed || t.Time.IsZero() || t.End.IsZero() {
		return
	}
	s := x.open[id]
	if s == nil {
		if x.open == nil {
			x.open = make(map[capture.ConnID]*sessionTime)
		}
		s = new(sessionTime)
		x.open[id] = s
	}
	waits := !t.Time.Before(s.until)
	if waits {
		if !s.until.IsZero() {
			x.Pause += t.Time.Sub(s.until)
		}
		s.trips++
		x.RoundTrips++
	}
	waited := 0 // each ready response that was waited for is a trip more
	for _, l := range t.Literals {
		if l.Waited {
			waited++
		}
	}
	s.trips += waited
	x.RoundTrips += waited
	begin := later(t.Time, s.until)
	sent := later(t.RequestEnd, begin)
	first := t.FirstResponse
	if t.Ready > 0 && first.Equal(t.FirstReady) {
		first = t.End
	}
	first = later(first, sent)
	end := later(t.End, first)
	x.Request += sent.Sub(begin)
	x.Server += first.Sub(sent)
	x.Transfer += end.Sub(first)
	if d := first.Sub(sent); waits && d > 0 && (s.shortest == 0 || d < s.shortest) {
		s.shortest = d
	}
	s.until = later(s.until, end)
}

// closed ends a connection.
func (x *Times) closed(id capture.ConnID) {
	if s := x.open[id]; s != nil {
		x.Saves += time.Duration(max(s.trips-1, 0)) * s.shortest
		delete(x.open, id)
	}
}
