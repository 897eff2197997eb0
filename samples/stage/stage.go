package stage

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"imapscope/capture"
	"imapscope/samples/server"
)

// Options configures a Stage. The zero value is ready to use.
type Options struct {
	// Start is the time of the first event; 13 May 1991, 9 o'clock, by default, when the
	// sample mail has just come.
	Start time.Time
	// RoundTrip is the round-trip time; 12 ms by default.
	RoundTrip time.Duration
	// Think is the time that the server takes for a response; 3 ms by default.
	Think time.Duration
	// Pause is the client's pause before each command; 400 ms by default.
	Pause time.Duration
	// Patience is how long a client waits for a response; 10 s by default.
	Patience time.Duration
	// Jitter, if not nil, makes each of these up to a quarter shorter or longer.
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

// A Stage plays scripts. It must be used by one goroutine.
type Stage struct {
	opts Options
	sink capture.Sink
	fact capture.Event // reused for each call of sink

	now    time.Duration // since Start
	queue  queue
	order  int // number of events queued
	opened capture.ConnID
}

// New returns a Stage that reports its events to sink.
func New(o Options, sink capture.Sink) *Stage {
	return &Stage{opts: o.withDefaults(), sink: sink}
}

// Add schedules the clients of a script to connect to a server. Scripts of several calls, to the
// same server or not, are played concurrently. It fails if a quirk is unknown.
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

// Run plays until all connections have ended. It returns the error of the sink, or of a server
// that could not accept a delivery.
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

// Now returns the simulated time. After Run it is the time of the last event.
func (s *Stage) Now() time.Time { return s.opts.Start.Add(s.now) }

// about returns d with jitter.
func (s *Stage) about(d time.Duration) time.Duration {
	if s.opts.Jitter == nil || d < 4 {
		return d
	}
	quarter := int64(d) / 4
	return d - time.Duration(quarter) + time.Duration(s.opts.Jitter.Int64N(2*quarter))
}

// at schedules a function for a time.
func (s *Stage) at(t time.Duration, do func() error) {
	s.order++
	heap.Push(&s.queue, event{max(t, s.now), s.order, do})
}

// report passes an event to the sink.
func (s *Stage) report(e capture.Event) error {
	s.fact = e
	return s.sink.Event(&s.fact)
}

// An event is a scheduled function.
type event struct {
	at    time.Duration
	order int
	do    func() error
}

// A queue is a heap of events: the earliest first, and those of the same time in the order in
// which they were queued.
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
