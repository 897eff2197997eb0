package capture

import (
	"sync"
	"time"
)

// Async is a Sink that hands everything on to another one from a goroutine of
// its own, in order: reading and decoding then share two processors. Octets are
// copied once. It is for sources that do not wait, like files: what was handed
// in may reach the other sink only when a batch is full, or at Close of Async.
//
// An error of the other sink is returned by one of the next calls, and by Stop.
type Async struct {
	to    Sink
	full  chan *batch
	empty chan *batch
	fill  *batch
	done  chan struct{}

	mu  sync.Mutex
	err error
}

// batch is calls that were made, and the octets they were about.
type batch struct {
	calls []call
	data  []byte
}

// call is a call of a Sink's method that is still to be made.
type call struct {
	kind  callKind
	conn  Conn // of the others only its ID
	chunk Chunk
	time  time.Time
	cause error
	text  string
	from  int // batch: where its octets are
	n     int
}

type callKind uint8

const (
	callOpen callKind = iota
	callChunk
	callClose
	callNote
	callEnd
)

// make makes the call; data is what a chunk carries.
func (c *call) make(s Sink, data []byte) error {
	switch c.kind {
	case callOpen:
		return s.Open(c.conn)
	case callClose:
		return s.Close(c.conn.ID, c.time, c.cause)
	case callNote:
		if n, ok := s.(Noter); ok {
			return n.Note(c.conn.ID, c.time, c.text)
		}
		return nil
	case callEnd:
		if e, ok := s.(Ender); ok {
			return e.End(c.conn.ID, c.chunk.Dir, c.time, c.cause)
		}
		return nil
	}
	c.chunk.Data = data
	return s.Chunk(c.chunk)
}

// How much is between the two sides at most: batches of so many octets and calls.
const (
	asyncBatches = 4
	asyncOctets  = 256 << 10
	asyncCalls   = 1024
)

// NewAsync is an Async before s. Stop must be called once, at the end.
func NewAsync(s Sink) *Async {
	a := &Async{
		to:    s,
		full:  make(chan *batch, asyncBatches),
		empty: make(chan *batch, asyncBatches),
		done:  make(chan struct{}),
	}
	for range asyncBatches {
		a.empty <- &batch{calls: make([]call, 0, asyncCalls), data: make([]byte, 0, asyncOctets)}
	}
	a.fill = <-a.empty
	go a.deliver()
	return a
}

// Open implements Sink.
func (a *Async) Open(c Conn) error { return a.add(call{kind: callOpen, conn: c}, nil) }

// Chunk implements Sink.
func (a *Async) Chunk(c Chunk) error {
	data := c.Data
	c.Data = nil
	return a.add(call{kind: callChunk, chunk: c}, data)
}

// Close implements Sink.
func (a *Async) Close(id ConnID, t time.Time, cause error) error {
	return a.add(call{kind: callClose, conn: Conn{ID: id}, time: t, cause: cause}, nil)
}

// Note implements Noter.
func (a *Async) Note(id ConnID, t time.Time, text string) error {
	return a.add(call{kind: callNote, conn: Conn{ID: id}, time: t, text: text}, nil)
}

// End implements Ender.
func (a *Async) End(id ConnID, dir Direction, t time.Time, cause error) error {
	return a.add(call{kind: callEnd, conn: Conn{ID: id}, chunk: Chunk{Dir: dir}, time: t, cause: cause}, nil)
}

// Stop hands on what is left, waits for it, and returns the first error of the
// other sink.
func (a *Async) Stop() error {
	a.full <- a.fill
	close(a.full)
	<-a.done
	return a.failure()
}

func (a *Async) add(c call, data []byte) error {
	b := a.fill
	if len(b.calls) == asyncCalls || len(b.calls) > 0 && len(b.data)+len(data) > asyncOctets {
		a.full <- b
		b = <-a.empty
		a.fill = b
		if err := a.failure(); err != nil {
			return err
		}
	}
	c.from, c.n = len(b.data), len(data)
	b.data = append(b.data, data...)
	b.calls = append(b.calls, c)
	return nil
}

// deliver makes the calls. After an error it only takes them.
func (a *Async) deliver() {
	defer close(a.done)
	failed := false
	for b := range a.full {
		for i := range b.calls {
			if failed {
				break
			}
			c := &b.calls[i]
			if err := c.make(a.to, b.data[c.from:c.from+c.n]); err != nil {
				failed = true
				a.mu.Lock()
				a.err = err
				a.mu.Unlock()
			}
		}
		b.calls, b.data = b.calls[:0], b.data[:0]
		a.empty <- b
	}
}

func (a *Async) failure() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}
