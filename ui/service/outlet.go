package service

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// OutletOptions configure an Outlet.
type OutletOptions struct {
	// Patience is how long Write waits for a reader that reads nothing at all. After that
	// the reader has stalled, and Write does not wait until it reads again. 0 means that
	// Write waits until Limit is called.
	Patience time.Duration

	// Bound is the number of bytes that wait to be written before Write waits; 0 means
	// DefaultBound. What is passed to one Write, and a line that has begun, is kept whole,
	// even above it.
	Bound int

	// Prompt makes Write wait until everything is written, not only until it fits, so that
	// the lines of two outlets on one terminal keep their order.
	Prompt bool
}

// DefaultBound is the Bound of an Outlet if none is given.
const DefaultBound = 1 << 20

const (
	// piece is the most that is written at once, so that a slow reader is not mistaken for
	// one that has stalled.
	piece = 16 << 10
	// closeGrace is how long Close waits for the reader of an Outlet with Patience.
	closeGrace = 2 * time.Second
)

// A Lost counts what an Outlet discarded.
type Lost struct{ Lines, Bytes int64 }

// State is the state of the reader of an Outlet.
type State int

// The states of a reader.
const (
	Reads   State = iota
	Stalled       // it does not read: lines are discarded until it does
	Gone          // it left, or writing failed: nothing more is written
)

// An Outlet is an io.Writer in front of another one whose Write may block or fail, such as
// a pipe: its own Write never fails, and does not block for longer than it may. Bytes are
// written from a goroutine of its own, and discarded by whole lines. Its methods may be
// called concurrently.
type Outlet struct {
	to      io.Writer
	opts    OutletOptions
	wake    chan struct{} // the writing goroutine has something to do
	done    chan struct{} // it has ended
	expired chan struct{} // the time set by Limit is over

	mu       sync.Mutex
	moved    chan struct{} // closed and replaced when something was written
	waiting  []byte        // to be written
	writing  int           // bytes being written
	accepted int64         // bytes of both, and of what was written
	written  int64         // bytes that were written
	state    State
	cut      bool // the end of the line that is being discarded has not come yet
	open     bool // the end of the line that was last accepted has not come yet
	closed   bool
	over     bool // expired is closed
	limit    *time.Timer
	lost     Lost
	err      error // why the reader is Gone
	onChange func(State, Lost)
}

// NewOutlet returns an Outlet that writes to w. Close must be called once, at the end.
func NewOutlet(w io.Writer, o OutletOptions) *Outlet {
	if o.Bound <= 0 {
		o.Bound = DefaultBound
	}
	out := &Outlet{
		to: w, opts: o,
		wake: make(chan struct{}, 1), done: make(chan struct{}), expired: make(chan struct{}), moved: make(chan struct{}),
	}
	go out.deliver()
	return out
}

// Unwrap returns the Writer that the Outlet writes to.
func (o *Outlet) Unwrap() io.Writer { return o.to }

// OnChange makes the Outlet call f when the state of its reader changes, with what has been
// discarded so far. f may write to other Outlets, and to this one only from another
// goroutine.
func (o *Outlet) OnChange(f func(State, Lost)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.onChange = f
}

// Lost returns what was discarded so far.
func (o *Outlet) Lost() Lost {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lost
}

// Err returns the error of the Write that made the reader Gone, or nil.
func (o *Outlet) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// Write implements io.Writer. It never fails; p is copied.
func (o *Outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	if !o.opts.Prompt {
		o.await(func() bool { return len(o.waiting)+o.writing < o.opts.Bound })
	}
	o.accept(p)
	o.signal()
	if end := o.accepted; o.opts.Prompt {
		o.await(func() bool { return o.written >= end })
	}
	o.mu.Unlock()
	return len(p), nil
}

// Limit gives the reader at most d from now on for what waits. After that Write discards
// everything, and Close does not wait. A reader that has read everything by then gets
// another d: it holds up nothing. Of several limits the first counts.
func (o *Outlet) Limit(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.limit != nil {
		return
	}
	o.limit = time.AfterFunc(d, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if len(o.waiting)+o.writing == 0 && !o.closed {
			o.limit.Reset(d)
			return
		}
		o.over = true
		close(o.expired)
	})
}

// Close waits until the rest is written, or time is up, and returns what was discarded. It
// does not close the Writer. What is written to the Outlet afterwards is discarded.
func (o *Outlet) Close() Lost {
	if o.opts.Patience > 0 {
		o.Limit(closeGrace)
	}
	o.mu.Lock()
	o.closed = true
	o.signal()
	o.mu.Unlock()
	select {
	case <-o.done:
	case <-o.expired:
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.limit != nil {
		o.limit.Stop()
	}
	o.over = true
	o.discard(o.waiting)
	if o.waiting = nil; o.writing > 0 {
		o.lost.Bytes += int64(o.writing)
		o.lost.Lines++ // at least
		o.writing = 0
	}
	return o.lost
}

// signal wakes the writing goroutine.
func (o *Outlet) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// await waits until ready returns true, for as long as the reader reads or may pause. The
// lock is held, but not while it waits.
func (o *Outlet) await(ready func() bool) {
	if o.state != Reads || o.over || ready() {
		return
	}
	var late <-chan time.Time // never, if there is unlimited patience
	var t *time.Timer
	if o.opts.Patience > 0 {
		t = time.NewTimer(o.opts.Patience)
		defer t.Stop()
		late = t.C
	}
	for o.state == Reads && !o.over && !ready() {
		moved := o.moved
		o.mu.Unlock()
		select {
		case <-moved:
			o.mu.Lock()
			if t != nil {
				t.Reset(o.opts.Patience)
			}
		case <-late:
			o.mu.Lock()
			if o.moved != moved {
				t.Reset(o.opts.Patience)
			} else if o.state == Reads {
				o.change(Stalled)
			}
		case <-o.expired:
			o.mu.Lock()
		}
	}
}

// change changes the state and reports it. The lock is held, but not while it reports.
func (o *Outlet) change(s State) {
	o.state = s
	if f, lost := o.onChange, o.lost; f != nil {
		o.mu.Unlock()
		f(s, lost)
		o.mu.Lock()
	}
}

// accept adds p to what is to be written, by whole lines: a line is accepted or discarded
// where it begins. The lock is held.
func (o *Outlet) accept(p []byte) {
	room := o.state != Gone && !o.over && !o.closed && len(o.waiting)+o.writing < o.opts.Bound
	for len(p) > 0 {
		n := bytes.IndexByte(p, '\n') + 1
		whole := n > 0
		if !whole {
			n = len(p)
		}
		if ended := o.state == Gone || o.over || o.closed; o.cut || !room && (!o.open || ended) {
			o.discard(p[:n])
			o.cut, o.open = !whole, false
		} else {
			o.waiting = append(o.waiting, p[:n]...)
			o.accepted += int64(n)
			o.open = !whole
		}
		p = p[n:]
	}
}

// discard counts bytes that are not written. The lock is held.
func (o *Outlet) discard(p []byte) {
	o.lost.Bytes += int64(len(p))
	o.lost.Lines += int64(bytes.Count(p, []byte{'\n'}))
}

// deliver writes what waits, piece by piece.
func (o *Outlet) deliver() {
	defer close(o.done)
	for range o.wake {
		for o.next() {
		}
		o.mu.Lock()
		ended := o.closed && len(o.waiting) == 0
		o.mu.Unlock()
		if ended {
			return
		}
	}
}

// next writes everything that waits now and reports whether there was anything.
func (o *Outlet) next() bool {
	o.mu.Lock()
	batch := o.waiting
	o.waiting, o.writing = nil, len(batch)
	o.mu.Unlock()
	for rest := batch; len(rest) > 0; {
		n, err := o.to.Write(rest[:min(len(rest), piece)])
		rest = rest[n:]
		o.wrote(n, rest, err)
		if err != nil {
			return true
		}
	}
	return len(batch) > 0
}

// wrote records that n bytes were written, and that rest is left.
func (o *Outlet) wrote(n int, rest []byte, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written += int64(n)
	if o.writing > 0 { // else Close has counted it
		o.writing = len(rest)
	}
	close(o.moved)
	o.moved = make(chan struct{})
	switch {
	case err != nil && o.state != Gone:
		o.discard(rest)
		o.discard(o.waiting)
		o.waiting, o.writing, o.err = nil, 0, err
		o.change(Gone)
	case o.state == Stalled && len(o.waiting)+o.writing <= o.opts.Bound/2:
		o.change(Reads)
	}
}
