package capture

import (
	"sync"
	"time"
)

// Queue is a Sink that never makes its caller wait: it hands everything on to
// another Sink from a goroutine of its own, and what does not fit into its bound
// is lost to that Sink alone. A loss is told like any other: the next Chunk of
// the connection has it in Lost. Openings, remarks and ends are never lost.
//
// Its methods may be called concurrently, as a Sink's may; the other Sink's are
// not. After an error of the other Sink nothing more is handed to it: see Err.
type Queue struct {
	to    Sink
	bound int
	done  chan struct{}

	mu      sync.Mutex
	wake    sync.Cond
	items   []queued
	free    [][]byte // buffers to use again
	octets  int      // that the items count for
	sides   map[ConnID]*[2]queueSide
	lost    int64
	err     error
	stopped bool
}

// queueSide is one direction of a connection.
type queueSide struct {
	end  int64 // stream position behind what was taken
	lost int64 // octets that were not, since then
}

// queued is one call, with octets of its own.
type queued struct {
	call
	data []byte
}

const (
	// DefaultQueue is a Queue's bound in octets, if it is told none.
	DefaultQueue = 64 << 20
	// queuedSize is what a call counts for beside its octets.
	queuedSize = 256
)

// NewQueue is a Queue before s that holds at most bound octets (0: DefaultQueue).
// Stop must be called once, at the end.
func NewQueue(s Sink, bound int) *Queue {
	if bound <= 0 {
		bound = DefaultQueue
	}
	q := &Queue{to: s, bound: bound, sides: make(map[ConnID]*[2]queueSide), done: make(chan struct{})}
	q.wake.L = &q.mu
	go q.deliver()
	return q
}

// Lost is how many octets did not fit so far.
func (q *Queue) Lost() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lost
}

// Err is the error with which the other Sink ended, nil while it works.
func (q *Queue) Err() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}

// Open implements Sink.
func (q *Queue) Open(c Conn) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sides[c.ID] = new([2]queueSide)
	q.put(queued{call: call{kind: callOpen, conn: c}})
	return nil
}

// Chunk implements Sink. The octets are copied.
func (q *Queue) Chunk(c Chunk) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	sides := q.sides[c.Conn]
	if sides == nil {
		return nil
	}
	s := &sides[c.Dir]
	if q.err != nil || q.octets+len(c.Data)+queuedSize > q.bound {
		s.lost += c.Lost + int64(len(c.Data))
		q.lost += int64(len(c.Data))
		return nil
	}
	data := q.copy(c.Data)
	s.end = c.Off + int64(len(data))
	c.Lost += s.lost
	s.lost = 0
	c.Data = nil
	q.put(queued{call: call{kind: callChunk, chunk: c}, data: data})
	return nil
}

// Note implements Noter.
func (q *Queue) Note(id ConnID, t time.Time, text string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.put(queued{call: call{kind: callNote, conn: Conn{ID: id}, time: t, text: text}})
	return nil
}

// End implements Ender. It is forgotten after a loss, for then there is more before it.
func (q *Queue) End(id ConnID, dir Direction, t time.Time, cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if sides := q.sides[id]; sides != nil && sides[dir].lost == 0 {
		q.put(queued{call: call{kind: callEnd, conn: Conn{ID: id}, chunk: Chunk{Dir: dir}, time: t, cause: cause}})
	}
	return nil
}

// Close implements Sink.
func (q *Queue) Close(id ConnID, t time.Time, cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if sides := q.sides[id]; sides != nil {
		for dir, s := range sides {
			if s.lost > 0 {
				c := Chunk{Conn: id, Dir: Direction(dir), Time: t, Off: s.end + s.lost, Lost: s.lost}
				q.put(queued{call: call{kind: callChunk, chunk: c}})
			}
		}
	}
	delete(q.sides, id)
	q.put(queued{call: call{kind: callClose, conn: Conn{ID: id}, time: t, cause: cause}})
	return nil
}

// Stop hands on what is left, waits for it, and returns the other Sink's error.
// What is told after it is forgotten.
func (q *Queue) Stop() error {
	q.mu.Lock()
	q.stopped = true
	q.wake.Signal()
	q.mu.Unlock()
	<-q.done
	return q.Err()
}

// maxFree is how many buffers are kept to be used again.
const maxFree = 32

// copy copies a chunk's octets; the lock is held.
func (q *Queue) copy(p []byte) []byte {
	var b []byte
	if n := len(q.free); n > 0 {
		b = q.free[n-1][:0]
		q.free = q.free[:n-1]
	}
	return append(b, p...)
}

// put queues a call; the lock is held.
func (q *Queue) put(c queued) {
	if q.stopped {
		return
	}
	q.octets += len(c.data) + queuedSize
	q.items = append(q.items, c)
	if len(q.items) == 1 {
		q.wake.Signal()
	}
}

// deliver makes the calls, all that there are at a time.
func (q *Queue) deliver() {
	defer close(q.done)
	var batch []queued
	for {
		q.mu.Lock()
		for len(q.items) == 0 && !q.stopped {
			q.wake.Wait()
		}
		batch, q.items = q.items, batch[:0]
		stop := q.stopped && len(batch) == 0
		q.mu.Unlock()
		if stop {
			return
		}
		for i := range batch {
			q.handOn(&batch[i])
			batch[i] = queued{}
		}
	}
}

// handOn makes one call. What it counted for is free again once it is done.
func (q *Queue) handOn(c *queued) {
	var err error
	if q.Err() == nil {
		err = c.make(q.to, c.data)
	}
	q.mu.Lock()
	q.octets -= len(c.data) + queuedSize
	if len(c.data) > 0 && len(q.free) < maxFree {
		q.free = append(q.free, c.data)
	}
	if err != nil {
		q.err = err
	}
	q.mu.Unlock()
}

// Tee is a Sink that tells several others, each of everything. The first error
// is returned, after all were told.
type Tee []Sink

// Open implements Sink.
func (t Tee) Open(c Conn) error { return t.each(func(s Sink) error { return s.Open(c) }) }

// Chunk implements Sink.
func (t Tee) Chunk(c Chunk) error { return t.each(func(s Sink) error { return s.Chunk(c) }) }

// Close implements Sink.
func (t Tee) Close(id ConnID, at time.Time, cause error) error {
	return t.each(func(s Sink) error { return s.Close(id, at, cause) })
}

// Note implements Noter, for those that are one.
func (t Tee) Note(id ConnID, at time.Time, text string) error {
	return t.each(func(s Sink) error {
		if n, ok := s.(Noter); ok {
			return n.Note(id, at, text)
		}
		return nil
	})
}

// End implements Ender, for those that are one.
func (t Tee) End(id ConnID, dir Direction, at time.Time, cause error) error {
	return t.each(func(s Sink) error {
		if e, ok := s.(Ender); ok {
			return e.End(id, dir, at, cause)
		}
		return nil
	})
}

func (t Tee) each(f func(Sink) error) error {
	var first error
	for _, s := range t {
		if err := f(s); err != nil && first == nil {
			first = err
		}
	}
	return first
}
