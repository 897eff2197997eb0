package capture

import (
	"sync"
	"sync/atomic"
	"time"
)

// Queue is a Sink that never blocks its caller: it passes everything on to
// another Sink from a goroutine of its own, and bytes that exceed its bound are
// lost to that Sink only. Lost bytes become a Gap, before the next event of their
// direction. Only Data and Again are ever lost.
//
// Event may be called concurrently; it calls the other Sink's Event serially. Once
// it has returned, the event is queued: bytes forwarded after that cannot overtake
// it. After an error of the other Sink nothing more is passed to it: see Err.
type Queue struct {
	to    Sink
	end   func() // of a batch; may be nil
	bound int64
	done  chan struct{}
	wake  chan struct{}
	used  atomic.Int64 // bytes accounted for by the queued events

	mu      sync.Mutex
	events  []queued
	fill    *slab
	free    []*slab
	conns   map[ConnID]*[2]queueSide
	lost    int64
	err     error
	idle    bool // deliver waits for an event,
	lingers bool // or for several
	stopped bool
}

// queueSide is one direction of a connection.
type queueSide struct {
	lost int64 // bytes that did not fit since the last event
	from int64 // stream position of the first of them
}

// queued is an event with its own copy of the bytes, which are in slab, or with a hold of them.
type queued struct {
	Event
	slab *slab
	hold Hold
}

// cost is what an event counts, in bytes: the memory that it keeps in use, or slightly more.
func (e *queued) cost() int64 { return int64(max(len(e.Data), e.hold.Size())) + queuedCost }

const (
	// DefaultQueue is the bound of a Queue, in bytes, if none is given.
	DefaultQueue = 64 << 20
	// queuedCost is the cost of an event, in bytes, in addition to its data.
	queuedCost = 192
	// queueLinger is how long deliver waits for more events after it has passed on all
	// there were: waking it for each would cost the caller more than the event does.
	queueLinger = time.Millisecond
	// queueWake is the number of bytes that ends that wait.
	queueWake = 1 << 20
	// slabSize is the size of the buffers that bytes are copied into, and freeSlabs
	// the number of unused ones that are kept.
	slabSize  = 64 << 10
	freeSlabs = 128
)

// slab holds the bytes of several consecutive events.
type slab struct {
	b []byte // len(b) bytes are used
}

// NewQueue returns a Queue that passes events on to s and holds at most bound
// bytes (0: DefaultQueue), but always at least one event. Stop must be called
// once, at the end.
func NewQueue(s Sink, bound int) *Queue { return NewBatchQueue(s, bound, nil) }

// NewBatchQueue returns a Queue that calls end whenever s has received all events that were
// queued together, and none waits for more: for a Sink that writes many at once. Like s, end is
// called from the goroutine of the Queue. It may be nil.
func NewBatchQueue(s Sink, bound int, end func()) *Queue {
	if bound <= 0 {
		bound = DefaultQueue
	}
	q := &Queue{
		to: s, end: end, bound: int64(bound), conns: make(map[ConnID]*[2]queueSide),
		done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	go q.deliver()
	return q
}

// Lost returns the number of bytes that did not fit so far.
func (q *Queue) Lost() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

// Depth returns the number of bytes accounted for by the events that wait.
func (q *Queue) Depth() int64 { return q.used.Load() }

// Err returns the error of the other Sink, or nil if there was none so far.
func (q *Queue) Err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// Event implements Sink. It copies or holds the bytes and never returns an error.
func (q *Queue) Event(e *Event) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopped {
		return nil
	}
	if e.Kind == Opened {
		q.conns[e.Conn] = new([2]queueSide)
		info := *e.Info
		q.put(queued{Event: *e})
		q.events[len(q.events)-1].Info = &info
		return nil
	}
	if e.Kind == Secrets {
		if q.err == nil {
			q.copy(e)
		}
		return nil
	}
	sides := q.conns[e.Conn]
	if sides == nil {
		return nil
	}
	switch e.Kind {
	case Data:
		q.data(&sides[e.Dir], e)
	case Gap:
		if s := &sides[e.Dir]; s.lost > 0 {
			s.lost += e.N
		} else {
			q.put(queued{Event: *e})
		}
	case Again:
		if q.fits(0) {
			q.put(queued{Event: *e})
		}
	case HalfClosed:
		q.gap(&sides[e.Dir], e, e.Dir)
		q.put(queued{Event: *e})
	case Closed:
		q.gap(&sides[ClientToServer], e, ClientToServer)
		q.gap(&sides[ServerToClient], e, ServerToClient)
		delete(q.conns, e.Conn)
		q.put(queued{Event: *e})
	default:
		q.put(queued{Event: *e})
	}
	return nil
}

// Stop passes on the rest, waits until it is delivered, and returns the other Sink's error.
// Events after it are ignored.
func (q *Queue) Stop() error {
	q.mu.Lock()
	q.stopped = true
	q.signal()
	q.mu.Unlock()
	<-q.done
	return q.Err()
}

// data queues bytes, or counts them as lost. The lock is held.
func (q *Queue) data(s *queueSide, e *Event) {
	n := len(e.Data)
	hold, held := Hold{}, false
	if q.err == nil {
		hold, held = e.Hold()
	}
	if q.err != nil || !q.fits(max(n, hold.Size())) {
		hold.Release()
		if s.lost == 0 {
			s.from = e.Off
		}
		s.lost += int64(n)
		q.lost += int64(n)
		return
	}
	q.gap(s, e, e.Dir)
	if held {
		q.put(queued{Event: *e, hold: hold})
		return
	}
	q.copy(e)
}

// copy queues an event with a copy of its bytes. The lock is held.
func (q *Queue) copy(e *Event) {
	n := len(e.Data)
	if q.fill == nil || cap(q.fill.b)-len(q.fill.b) < n {
		q.fill = q.newSlab(n)
	}
	b := append(q.fill.b, e.Data...)
	x := queued{Event: *e, slab: q.fill}
	x.Data, x.Buffer = b[len(q.fill.b):len(b):len(b)], nil
	q.fill.b = b
	q.put(x)
}

// gap queues the loss of a direction, before e. The lock is held.
func (q *Queue) gap(s *queueSide, e *Event, dir Direction) {
	if s.lost == 0 {
		return
	}
	q.put(queued{Event: Event{Kind: Gap, Conn: e.Conn, Dir: dir, Time: e.Time, Off: s.from, N: s.lost}})
	s.lost = 0
}

func (q *Queue) fits(n int) bool {
	used := q.used.Load()
	return used == 0 || used+int64(n)+queuedCost <= q.bound
}

// put queues an event. The lock is held.
func (q *Queue) put(e queued) {
	q.events = append(q.events, e)
	used := q.used.Add(e.cost())
	if q.idle || q.lingers && used >= queueWake {
		q.signal()
	}
}

// signal wakes deliver. The lock is held.
func (q *Queue) signal() {
	q.idle, q.lingers = false, false
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// newSlab returns a slab with room for n bytes. The lock is held.
func (q *Queue) newSlab(n int) *slab {
	if k := len(q.free); k > 0 && n <= slabSize {
		s := q.free[k-1]
		q.free = q.free[:k-1]
		return s
	}
	return &slab{b: make([]byte, 0, max(n, slabSize))}
}

// deliver passes the events on, all queued ones at a time.
func (q *Queue) deliver() {
	defer close(q.done)
	timer := time.NewTimer(queueLinger)
	defer timer.Stop()
	var batch []queued
	var last *slab // the last one whose bytes were passed on
	failed := false
	for {
		var stop bool
		if batch, stop = q.wait(batch, last); stop {
			return
		}
		for i := range batch {
			e := &batch[i]
			if e.slab != nil && e.slab != last {
				q.release(last)
				last = e.slab
			}
			if !failed {
				failed = q.pass(&e.Event)
			}
			q.used.Add(-e.cost())
			e.hold.Release()
		}
		if q.end != nil {
			q.end()
		}
		q.linger(timer)
	}
}

// pass passes an event on and reports whether the other Sink failed.
func (q *Queue) pass(e *Event) bool {
	err := q.to.Event(e)
	if err == nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.err = err
	return true
}

// wait waits for events and returns them in exchange for those delivered, the last
// of whose bytes are in last.
func (q *Queue) wait(delivered []queued, last *slab) (batch []queued, stop bool) {
	clear(delivered)
	for {
		q.mu.Lock()
		if len(q.events) > 0 {
			batch, q.events = q.events, delivered[:0]
			q.mu.Unlock()
			return batch, false
		}
		if q.stopped {
			q.mu.Unlock()
			return nil, true
		}
		if q.fill != nil && q.fill == last {
			q.fill.b = q.fill.b[:0] // all of it has been passed on
		}
		q.idle = true
		q.mu.Unlock()
		<-q.wake
	}
}

// linger waits for events to accumulate.
func (q *Queue) linger(timer *time.Timer) {
	q.mu.Lock()
	if q.stopped || q.used.Load() >= queueWake {
		q.mu.Unlock()
		return
	}
	q.lingers = true
	q.mu.Unlock()
	timer.Reset(queueLinger)
	select {
	case <-timer.C:
	case <-q.wake:
	}
	q.mu.Lock()
	q.lingers = false
	q.mu.Unlock()
}

// release recycles a slab whose bytes were passed on.
func (q *Queue) release(s *slab) {
	if s == nil || cap(s.b) != slabSize {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.free) < freeSlabs {
		s.b = s.b[:0]
		q.free = append(q.free, s)
	}
}
