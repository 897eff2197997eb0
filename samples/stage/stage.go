package stage

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"imapscope/capture"
	"imapscope/samples/server"
)

// Options of a Stage. The zero value is ready.
type Options struct {
	// Start is when the play begins; 13 May 1991, 9 o'clock, by default, when the
	// sample mail has just come.
	Start time.Time
	// RoundTrip is how long octets are under way, there and back; 12 ms by default.
	RoundTrip time.Duration
	// Think is how long the server takes for an answer; 3 ms by default.
	Think time.Duration
	// Pause is a client's, before each command; 400 ms by default.
	Pause time.Duration
	// Patience is how long a client waits for an answer; 10 s by default.
	Patience time.Duration
	// Jitter, if there is one, makes each of these up to a quarter shorter or longer.
	Jitter *rand.Rand
}

func (o Options) withDefaults() Options {
	if o.Start.IsZero() {
		o.Start = time.Date(1991, 5, 13, 9, 0, 0, 0, time.UTC)
	}
	for _, d := range []struct {
		is    *time.Duration
		value time.Duration
	}{{&o.RoundTrip, 12 * time.Millisecond}, {&o.Think, 3 * time.Millisecond}, {&o.Pause, 400 * time.Millisecond}, {&o.Patience, 10 * time.Second}} {
		if *d.is == 0 {
			*d.is = d.value
		}
	}
	return o
}

// Stage plays scripts. It is for one goroutine.
type Stage struct {
	opts Options
	sink capture.Sink
	fact capture.Event // the one that sink sees

	now    time.Duration // since Start
	queue  queue
	order  int // counts what was queued
	opened capture.ConnID
}

// New is a Stage that tells sink of what happens on it.
func New(o Options, sink capture.Sink) *Stage {
	return &Stage{opts: o.withDefaults(), sink: sink}
}

// Add lets the clients of a script connect to a server. Scripts of several Adds, to one
// server or to several, are played side by side. The error is about a quirk that there
// is not.
func (s *Stage) Add(to *server.Server, script *Script) error {
	for i := range script.Clients {
		c := &script.Clients[i]
		if err := to.NewSession().Misbehave(c.Quirks...); err != nil {
			return fmt.Errorf("%s: %w", script.Name, err)
		}
		for k := range c.Commands {
			if err := to.NewSession().Misbehave(c.Commands[k].Quirks...); err != nil {
				return fmt.Errorf("%s:%d: %w", script.Name, c.Commands[k].Line, err)
			}
		}
		a := newActor(s, to, c)
		s.at(c.After, a.connect)
	}
	return nil
}

// Run plays until everybody has gone. Its error is the sink's, or a server's that could
// not take a delivery.
func (s *Stage) Run() error {
	for len(s.queue) > 0 {
		e := heap.Pop(&s.queue).(event)
		s.now = e.at
		if err := e.do(); err != nil {
			return err
		}
	}
	return nil
}

// Now is where the clock stands: after Run, when the last thing happened.
func (s *Stage) Now() time.Time { return s.opts.Start.Add(s.now) }

// about is a time that is nearly d.
func (s *Stage) about(d time.Duration) time.Duration {
	if s.opts.Jitter == nil || d < 4 {
		return d
	}
	quarter := int64(d) / 4
	return d - time.Duration(quarter) + time.Duration(s.opts.Jitter.Int64N(2*quarter))
}

// at has something happen at a time.
func (s *Stage) at(t time.Duration, do func() error) {
	s.order++
	heap.Push(&s.queue, event{max(t, s.now), s.order, do})
}

// report passes a fact to the sink.
func (s *Stage) report(e capture.Event) error {
	s.fact = e
	return s.sink.Event(&s.fact)
}

// event is something that is to happen.
type event struct {
	at    time.Duration
	order int
	do    func() error
}

// queue is a heap of events: the earliest first, of one time in the order in which
// they were queued.
type queue []event

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, k int) { q[i], q[k] = q[k], q[i] }
func (q queue) Less(i, k int) bool {
	return q[i].at < q[k].at || q[i].at == q[k].at && q[i].order < q[k].order
}

// Push implements heap.Interface.
func (q *queue) Push(x any) { *q = append(*q, x.(event)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	*q = (*q)[:last]
	return e
}
