package view

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// Times is a breakdown of the time of sessions: each moment between the first request and
// the last response of a connection is counted once, even where commands overlap.
type Times struct {
	RoundTrips int           // how often a client could only wait
	Request    time.Duration // sending commands, including waiting for "+"
	Server     time.Duration // until the first response
	Transfer   time.Duration // from there to the tagged response
	Pause      time.Duration // nothing outstanding: the client's time

	// Saves is the most that sending all commands of a session at once would save: each
	// round trip of a connection but the first, at the length of the connection's
	// shortest wait for a first response.
	Saves time.Duration

	open map[capture.ConnID]*sessionTime
}

// sessionTime is the running total of a connection.
type sessionTime struct {
	until    time.Time // what is counted already
	trips    int
	shortest time.Duration
}

// add adds a transaction. Those of a connection must be added in the order of their ends.
func (ts *Times) add(id capture.ConnID, t *decode.Transaction) {
	if t.Outcome != decode.Completed || t.Time.IsZero() || t.End.IsZero() {
		return
	}
	s := ts.open[id]
	if s == nil {
		if ts.open == nil {
			ts.open = make(map[capture.ConnID]*sessionTime)
		}
		s = new(sessionTime)
		ts.open[id] = s
	}
	waits := !t.Time.Before(s.until)
	if waits {
		if !s.until.IsZero() {
			ts.Pause += t.Time.Sub(s.until)
		}
		s.trips++
		ts.RoundTrips++
	}
	waited := 0 // each "+" that was waited for is another round trip
	for _, l := range t.Literals {
		if l.Waited {
			waited++
		}
	}
	s.trips += waited
	ts.RoundTrips += waited
	begin := later(t.Time, s.until)
	sent := later(t.RequestEnd, begin)
	first := t.FirstResponse
	if t.Ready > 0 && first.Equal(t.FirstReady) {
		first = t.End
	}
	first = later(first, sent)
	end := later(t.End, first)
	ts.Request += sent.Sub(begin)
	ts.Server += first.Sub(sent)
	ts.Transfer += end.Sub(first)
	if d := first.Sub(sent); waits && d > 0 && (s.shortest == 0 || d < s.shortest) {
		s.shortest = d
	}
	s.until = later(s.until, end)
}

// closed ends a connection.
func (ts *Times) closed(id capture.ConnID) {
	if s := ts.open[id]; s != nil {
		ts.Saves += time.Duration(max(s.trips-1, 0)) * s.shortest
		delete(ts.open, id)
	}
}
