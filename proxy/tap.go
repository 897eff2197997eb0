package proxy

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
)

// taps is the state shared by the taps of one Proxy.
type taps struct {
	p    *Proxy
	dead atomic.Bool // the Sink has failed
	open sync.Mutex  // held while a connection is opened: numbers follow the order of Opened
	last capture.ConnID

	mu      sync.Mutex
	err     error
	now     map[*tap]struct{} // the open connections
	waiting []string          // notes for the next connection
}

// Bounds of the copies of a note about the proxy itself.
const (
	maxNoted        = 64 // connections that get it
	maxNotesWaiting = 8  // notes that wait for a connection
)

// note adds a remark about the proxy itself to open connections, or to the next one if
// there is none.
func (ts *taps) note(text string) {
	ts.mu.Lock()
	var to []*tap
	for t := range ts.now {
		if to = append(to, t); len(to) == maxNoted {
			break
		}
	}
	if len(to) == 0 && len(ts.waiting) < maxNotesWaiting {
		ts.waiting = append(ts.waiting, text)
	}
	ts.mu.Unlock()
	for _, t := range to {
		t.Note(time.Now(), text)
	}
}

// opened registers an open connection, and returns the notes that waited for one.
func (ts *taps) opened(t *tap) (notes []string) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.now == nil {
		ts.now = make(map[*tap]struct{})
	}
	ts.now[t] = struct{}{}
	notes, ts.waiting = ts.waiting, nil
	return notes
}

func (ts *taps) closed(t *tap) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	delete(ts.now, t)
}

// fail ends all copies.
func (ts *taps) fail(err error) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.err != nil {
		return
	}
	ts.err = err
	ts.dead.Store(true)
	ts.p.log.Error("the copies have ended; traffic continues without them", "error", err)
}

func (ts *taps) failure() error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.err == nil {
		return nil
	}
	return fmt.Errorf("the copy of the traffic ended early: %w", ts.err)
}

// A tap reports one connection to the Sink. Its calls are serialized, although both directions
// are relayed concurrently, and bytes are reported before they are forwarded.
type tap struct {
	ts   *taps
	sink capture.Sink // nil: nothing is reported
	wire *tap         // reports the bytes below TLS to Proxy.Wire; nil: there is none

	mu    sync.Mutex
	id    capture.ConnID
	pos   [2]int64 // bytes of each direction so far
	last  time.Time
	ended bool
	event capture.Event // reused for each call of sink
}

// newTap returns a tap, and reports that a connection was opened.
func newTap(ts *taps, c capture.Conn) *tap {
	t := &tap{ts: ts, sink: ts.p.Sink, last: c.Start}
	if ts.p.Wire != nil {
		t.wire = &tap{ts: ts, sink: ts.p.Wire, last: c.Start}
	}
	if t.sink == nil && t.wire == nil {
		if ts.p.Hook != nil {
			ts.begin(&c)
			t.id = c.ID
		}
		return t
	}
	ts.begin(&c, t, t.wire)
	for _, text := range ts.opened(t) {
		t.Note(c.Start, text)
	}
	return t
}

// begin numbers a connection and reports to each tap, of which some may be nil, that it was
// opened.
func (ts *taps) begin(c *capture.Conn, to ...*tap) {
	ts.open.Lock()
	defer ts.open.Unlock()
	ts.last++
	c.ID = ts.last
	for _, t := range to {
		if t != nil {
			t.open(c)
		}
	}
}

// open reports that the connection was opened.
func (t *tap) open(c *capture.Conn) {
	t.id = c.ID
	t.report(capture.Event{Kind: capture.Opened, Time: c.Start, Info: c})
}

// Chunk implements tls.Tap: it counts the bytes as forwarded, and reports them.
func (t *tap) Chunk(dir capture.Direction, at time.Time, p []byte) {
	t.ts.p.stats.octets[dir].Add(int64(len(p)))
	t.data(dir, at, p, nil)
}

// Note implements tls.Tap.
func (t *tap) Note(at time.Time, text string) {
	t.report(capture.Event{Kind: capture.Note, Time: at, Text: text})
	if t.wire != nil {
		t.wire.Note(at, text)
	}
}

// data reports bytes that are about to be forwarded, and the buffer they are in, if sinks may
// hold it.
func (t *tap) data(dir capture.Direction, at time.Time, p []byte, in *capture.Buffer) {
	if len(p) > 0 {
		t.report(capture.Event{Kind: capture.Data, Dir: dir, Time: at, Data: p, Buffer: in})
	}
}

// half reports that one side ended its direction. The end of a direction of TLS is not that of
// the wire's; a reset is of both.
func (t *tap) half(dir capture.Direction, at time.Time, cause capture.Cause) {
	t.report(capture.Event{Kind: capture.HalfClosed, Dir: dir, Time: at, Cause: cause})
	if t.wire != nil && cause == capture.RST {
		t.wire.half(dir, at, cause)
	}
}

// close reports the end. Nothing is reported after it.
func (t *tap) close(at time.Time, cause capture.Cause) {
	t.report(capture.Event{Kind: capture.Closed, Time: at, Cause: cause})
	if t.wire != nil {
		t.wire.report(capture.Event{Kind: capture.Closed, Time: at, Cause: cause})
	}
	t.ts.closed(t)
}

// report passes an event to the Sink, unless the Sink has failed. It keeps the times of a
// connection's events in order.
func (t *tap) report(e capture.Event) {
	if t.sink == nil || t.ts.dead.Load() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	if e.Time.Before(t.last) {
		e.Time = t.last
	}
	t.last = e.Time
	e.Conn = t.id
	e.Off = t.pos[e.Dir]
	t.pos[e.Dir] += int64(len(e.Data))
	t.ended = e.Kind == capture.Closed
	t.event = e
	if err := t.sink.Event(&t.event); err != nil {
		t.ts.fail(err)
	}
	t.event.Data, t.event.Buffer = nil, nil
}
