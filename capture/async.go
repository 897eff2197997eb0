package capture

import (
	"context"
	"sync"
)

// Async is a Sink that passes everything on to another Sink from a goroutine of
// its own, in order, so that reading and decoding use two processors. Bytes are
// copied once. It is for sources that do not wait, such as files: an event may not
// reach the other sink until a batch is full, or until Stop.
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

// batch holds events and the bytes they carry.
type batch struct {
	events []Event
	ends   []int // where in data the bytes of each event end
	data   []byte
}

// add adds a copy of an event.
func (b *batch) add(e *Event) {
	b.data = append(b.data, e.Data...)
	b.ends = append(b.ends, len(b.data))
	b.events = append(b.events, *e)
	b.events[len(b.events)-1].Buffer = nil
	if e.Info != nil {
		info := *e.Info
		b.events[len(b.events)-1].Info = &info
	}
}

// event returns an event with its bytes.
func (b *batch) event(i int) *Event {
	e := &b.events[i]
	if e.Data != nil {
		from := 0
		if i > 0 {
			from = b.ends[i-1]
		}
		e.Data = b.data[from:b.ends[i]]
	}
	return e
}

// reset empties the batch.
func (b *batch) reset() { b.events, b.ends, b.data = b.events[:0], b.ends[:0], b.data[:0] }

// The most that is in transit between the two sides: batches of at most this many
// bytes and events.
const (
	asyncBatches = 4
	asyncBytes   = 256 << 10
	asyncEvents  = 1024
)

// NewAsync returns an Async that passes events on to s. Stop must be called once,
// at the end.
func NewAsync(s Sink) *Async {
	a := &Async{
		to:    s,
		full:  make(chan *batch, asyncBatches),
		empty: make(chan *batch, asyncBatches),
		done:  make(chan struct{}),
	}
	for range asyncBatches {
		a.empty <- &batch{
			events: make([]Event, 0, asyncEvents), ends: make([]int, 0, asyncEvents), data: make([]byte, 0, asyncBytes),
		}
	}
	a.fill = <-a.empty
	go a.deliver()
	return a
}

// Event implements Sink.
func (a *Async) Event(e *Event) error {
	b := a.fill
	if len(b.events) == asyncEvents || len(b.events) > 0 && len(b.data)+len(e.Data) > asyncBytes {
		a.full <- b
		b = <-a.empty
		a.fill = b
		if err := a.failure(); err != nil {
			return err
		}
	}
	b.add(e)
	return nil
}

// Stop passes on the rest, waits until it is delivered, and returns the first error of the
// other sink.
func (a *Async) Stop() error {
	a.full <- a.fill
	close(a.full)
	<-a.done
	return a.failure()
}

// deliver passes the batches on. After an error it only recycles them.
func (a *Async) deliver() {
	defer close(a.done)
	failed := false
	for b := range a.full {
		for i := range b.events {
			if failed {
				break
			}
			if err := a.to.Event(b.event(i)); err != nil {
				failed = true
				a.mu.Lock()
				a.err = err
				a.mu.Unlock()
			}
		}
		b.reset()
		a.empty <- b
	}
}

func (a *Async) failure() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// RunAsync runs a source whose events an Async passes on to s. Shards have goroutines of their
// own, and need none.
func RunAsync(ctx context.Context, source Source, s Sink) error {
	if _, own := s.(*Shards); own {
		return source.Run(ctx, s)
	}
	a := NewAsync(s)
	err := source.Run(ctx, a)
	if stopped := a.Stop(); stopped != nil {
		return stopped
	}
	return err
}
