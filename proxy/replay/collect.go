package replay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"imapscope/decode/script"
)

// A client whose connection failed waits before the next: firstPause, then twice as long each
// time, up to lastPause.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = time.Second
)

// collecting collects a Report. What is measured is held by command for the present interval,
// and joins the Report at its end.
type collecting struct {
	stop    context.CancelFunc
	max     int
	tally   *tally
	tickets *tickets // nil: a command is due when its session is ready

	mu     sync.Mutex
	report Report
	now    []*Latencies // in the order of their first occurrence
	nowBy  map[string]*Latencies
	names  map[string]bool // of commands so far, at most maxCommands

	// Of rotate.
	by       map[string]*Latencies // report.Commands
	from     time.Time             // when the interval began
	sessions int64                 // that had begun then
	spare    []*Latencies
	total    *Latencies // of all commands, in the interval

	scratches sync.Pool // of *scratch
}

// scratch returns memory for a session.
func (c *collecting) scratch() *scratch {
	if m, ok := c.scratches.Get().(*scratch); ok {
		return m
	}
	return newScratch()
}

// recycle takes back the memory of a session, and of its result, which must not be used any more.
func (c *collecting) recycle(m *scratch, x *Played) {
	m.reset(x)
	c.scratches.Put(m)
}

func newCollecting(t *tally) *collecting {
	c := &collecting{stop: func() {}, tally: t, by: make(map[string]*Latencies), nowBy: make(map[string]*Latencies), names: make(map[string]bool)}
	c.report.Late, c.report.All = newHistogram(), NewLatencies("")
	return c
}

// rotate ends an interval, reports it if report is set, and begins the next one. It is not
// called concurrently.
func (c *collecting) rotate(report func(*Interval)) {
	c.mu.Lock()
	list := c.now
	c.now = nil
	clear(c.nowBy)
	c.mu.Unlock()
	if c.total == nil {
		c.total = NewLatencies("")
	}
	c.total.reset("")
	for _, l := range list {
		all := c.by[l.Command]
		if all == nil {
			all = NewLatencies(l.Command)
			c.by[l.Command] = all
			c.report.Commands = append(c.report.Commands, all)
		}
		all.merge(l)
		if !l.connects {
			c.total.merge(l)
		}
	}
	c.report.All.merge(c.total)
	t, now := c.tally.counts(), time.Now()
	if report != nil {
		report(&Interval{
			Start: c.from, End: now, Active: t.Active, Waiting: t.Waiting, Sessions: t.Sessions - c.sessions, Commands: list, All: c.total,
		})
	}
	c.from, c.sessions = now, t.Sessions
	c.mu.Lock()
	c.spare = append(c.spare, list...)
	c.mu.Unlock()
}

// latencies returns those of a command in the present interval. The lock must be held.
func (c *collecting) latencies(command string) *Latencies {
	if !c.names[command] {
		if len(c.names) >= maxCommands {
			command = Others
		}
		c.names[command] = true
	}
	l := c.nowBy[command]
	if l != nil {
		return l
	}
	if n := len(c.spare); n > 0 {
		l, c.spare = c.spare[n-1], c.spare[:n-1]
		l.reset(command)
	} else {
		l = NewLatencies(command)
	}
	c.now = append(c.now, l)
	c.nowBy[command] = l
	return l
}

// add adds the result of a session, except what its watch has counted. What is missing in one
// that was cut short is no error.
func (c *collecting) add(x *Played, at time.Time, early bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := nameOf(x.Session)
	if early {
		c.report.Early++
	}
	if x.Err != nil {
		c.unconnected(x, at, early)
		return
	}
	if !x.over.IsZero() && !x.watched { // it was played
		c.connected(x, at)
	}
	if !early {
		for _, t := range x.Trouble {
			c.fail(name+": "+t, nil)
		}
		if n := x.Skipped; n > 0 {
			c.report.Skipped += int64(n)
			c.fail(fmt.Sprintf("%s: %d commands were not sent", name, n), nil)
		}
	}
	for i := range x.Pairs {
		p := &x.Pairs[i]
		switch answered := p.Now > 0 && x.Now.Exchanges[p.Now].Done; {
		case p.watched:
		case answered:
			c.answered(x.Session, p, x.Now.Exchanges[p.Now])
		default:
			c.unanswered(x, p, early)
		}
	}
}

// nameOf returns a session as the prefix of a line.
func nameOf(s *script.Session) string {
	return fmt.Sprintf("connection %d of %s", s.Conn.ID, s.Conn.Origin)
}

// unconnected adds a session for which there was no connection. The time until a refusal says
// nothing about a server that answers, but one that was waited for in vain counts.
func (c *collecting) unconnected(x *Played, at time.Time, early bool) {
	if early {
		return
	}
	h := c.latencies(Connecting)
	if timeout := net.Error(nil); errors.As(x.Err, &timeout) && timeout.Timeout() {
		h.Unanswered++
		record(h.Now, time.Since(at))
		record(h.Sent, time.Since(at))
	}
	c.fail(fmt.Sprintf("%s: %v", nameOf(x.Session), x.Err), h)
}

// connected adds how long it took to connect, or how long there was no greeting.
func (c *collecting) connected(x *Played, at time.Time) {
	h := c.latencies(Connecting)
	end := x.greeted
	if end.IsZero() {
		h.Unanswered++
		end = x.over
	}
	record(h.Now, end.Sub(at))
	record(h.Sent, end.Sub(at))
}

// answered adds a command and the exchange that was played in its place.
func (c *collecting) answered(s *script.Session, p *Pair, now *script.Exchange) {
	y := s.Exchanges[p.Recorded]
	h := c.sent(p, y)
	record(h.Now, now.End.Sub(p.Due))
	record(h.Sent, now.End.Sub(p.Sent))
	if y.LeftOut == "" && status(now) != status(y) {
		c.differs(s, y, status(now), h)
	}
}

// unanswered adds a command without an answer.
func (c *collecting) unanswered(x *Played, p *Pair, early bool) {
	y := x.Session.Exchanges[p.Recorded]
	h := c.sent(p, y)
	if !y.Done {
		return // as in the recording
	}
	h.Unanswered++
	record(h.Now, x.over.Sub(p.Due))
	record(h.Sent, x.over.Sub(p.Sent))
	if y.LeftOut == "" && !early {
		c.differs(x.Session, y, noResponse, h)
	}
}

// sent adds that a command was sent, and returns the latencies that it belongs to.
func (c *collecting) sent(p *Pair, recorded *script.Exchange) *Latencies {
	c.tally.commands.Add(1)
	record(c.report.Late, p.Sent.Sub(p.Due))
	h := c.latencies(p.Command)
	if d, ok := recorded.Elapsed(); ok {
		record(h.Recorded, d)
	}
	return h
}

// differs adds a status that is not the recorded one.
func (c *collecting) differs(s *script.Session, recorded *script.Exchange, now string, h *Latencies) {
	c.fail(fmt.Sprintf("%s, transaction %d, %s: %s, recorded %s", nameOf(s), recorded.N, recorded.Name(), now, status(recorded)), h)
}

func (c *collecting) fail(line string, of *Latencies) {
	if of != nil {
		of.Errors++
	}
	if i := slices.IndexFunc(c.report.Failures, func(f Failure) bool { return f.Text == line }); i >= 0 {
		c.report.Failures[i].Count++
	} else if len(c.report.Failures) < maxFailures {
		c.report.Failures = append(c.report.Failures, Failure{line, 1})
	}
	if n := c.tally.errors.Add(1); c.max > 0 && n > int64(c.max) {
		c.report.Stopped = true
		c.stop()
	}
}

// watch counts what a session of a load measures as soon as it is known: a session can last
// for as long as the load. Its methods are called with the game's lock held.
type watch struct {
	*collecting
	session *script.Session
	due     time.Time // when the session should have begun
	begun   []int64   // where the request of each of Played.Pairs begins
}

// sends records that a request begins.
func (w *watch) sends(off int64) {
	w.begun = append(w.begun, off)
	w.tally.waiting.Add(1)
}

// greets records the greeting.
func (w *watch) greets(x *Played) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.watched = true
	w.connected(x, w.due)
}

// answers records an answer.
func (w *watch) answers(x *Played, now *script.Exchange) {
	i, ok := slices.BinarySearch(w.begun, now.Start)
	if !ok || !now.Done || x.Pairs[i].watched {
		return
	}
	x.Pairs[i].watched = true
	w.tally.waiting.Add(-1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered(w.session, &x.Pairs[i], now)
}

// ends records that the session is over: its commands without an answer are not waited for.
func (w *watch) ends(x *Played) {
	for i := range x.Pairs {
		if !x.Pairs[i].watched {
			w.tally.waiting.Add(-1)
		}
	}
}
