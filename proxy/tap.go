package proxy

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
)

const (
	tapLinger = time.Millisecond // a drain waits so long for more before it ends
	tapWake   = 128 << 10        // unless so many octets have come
	tapCost   = 64               // octets that a chunk's entry counts for beside its data
	tapTotal  = 16               // so many full queues there may be at a time
)

// taps is what the taps of one Proxy share.
type taps struct {
	p     *Proxy
	hurry atomic.Bool // deliver no more data, only ends
	dead  atomic.Bool // the Sink has failed
	open  sync.Mutex  // held over Open: numbers follow the order of these calls
	last  capture.ConnID
	used  atomic.Int64 // octets in all queues

	mu  sync.Mutex
	err error
}

func (ts *taps) init(p *Proxy) {
	ts.p = p
	p.noter, _ = p.Sink.(capture.Noter)
	p.ender, _ = p.Sink.(capture.Ender)
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
	ts.p.log.Error("the copies have ended; traffic goes on without them", "error", err)
}

func (ts *taps) failure() error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.err == nil {
		return nil
	}
	return fmt.Errorf("the copies of what passed ended early: %w", ts.err)
}

// tap is the queue between one connection and the Sink. Entries go in under a
// lock and never wait; a goroutine that lives only while there are some hands
// them on.
type tap struct {
	ts   *taps
	sink capture.Sink
	conn capture.Conn // ID is drain's
	done func()       // after the Sink knows of the end
	mem  *memory

	used atomic.Int64 // octets in the queue

	mu       sync.Mutex
	entries  []entry
	fill     *slab
	pos      [2]int64 // octets of each direction so far
	lost     [2]int64 // of them, just before pos and not yet told
	last     time.Time
	draining bool
	ended    bool
	waiting  bool
	wake     chan struct{}
}

// entry is one call to make.
type entry struct {
	kind  entryKind
	dir   capture.Direction
	time  time.Time
	off   int64
	lost  int64
	data  []byte
	slab  *slab
	text  string
	cause error
}

type entryKind uint8

const (
	entryChunk entryKind = iota
	entryNote
	entryEnd
	entryClose
)

func newTap(ts *taps, c capture.Conn, done func()) *tap {
	t := &tap{ts: ts, sink: ts.p.Sink, conn: c, done: done, mem: &ts.p.mem, last: c.Start}
	if t.sink != nil {
		t.wake = make(chan struct{}, 1)
	}
	return t
}

// Chunk implements tls.Tap: it counts the octets as forwarded, and queues a copy.
func (t *tap) Chunk(dir capture.Direction, at time.Time, p []byte) {
	t.ts.p.stats.octets[dir].Add(int64(len(p)))
	if t.chunk(dir, at, p, nil) {
		t.kick()
	}
}

// Note implements tls.Tap.
func (t *tap) Note(at time.Time, text string) {
	if t.sink == nil || t.ts.p.noter == nil {
		return
	}
	t.mu.Lock()
	start := false
	if t.ended || !t.fits(len(text)) {
		t.ts.p.stats.lostNotes.Add(1)
	} else {
		start = t.push(entry{kind: entryNote, time: t.stamp(at), text: text}, len(text))
	}
	t.mu.Unlock()
	if start {
		t.kick()
	}
}

// chunk queues a copy of p. If it returns true, kick must follow: soon, but it
// may be after p was written on. If in is the slab that p is in, and p is most of
// it, the queue holds the slab instead of copying.
func (t *tap) chunk(dir capture.Direction, at time.Time, p []byte, in *slab) (start bool) {
	if t.sink == nil || len(p) == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n := int64(len(p))
	t.pos[dir] += n
	if t.ended || !t.fits(len(p)) {
		t.lost[dir] += n
		t.ts.p.stats.lost.Add(n)
		return false
	}
	e := entry{kind: entryChunk, dir: dir, time: t.stamp(at), off: t.pos[dir] - n, lost: t.lost[dir]}
	t.lost[dir] = 0
	if in != nil && len(p) >= wholeChunk {
		in.holders.Add(1)
		t.fill = nil // the entries of one slab follow each other
		e.slab, e.data = in, p
		return t.push(e, len(p))
	}
	if t.fill == nil || len(t.fill.b)-t.fill.n < len(p) {
		t.fill = t.mem.newSlab(len(p))
	}
	e.slab, e.data = t.fill, t.fill.add(p)
	return t.push(e, len(p))
}

// end queues that one side ended its direction.
func (t *tap) end(dir capture.Direction, at time.Time, cause error) {
	if t.sink == nil || t.ts.p.ender == nil {
		return
	}
	t.mu.Lock()
	start := false
	if !t.ended && t.lost[dir] == 0 && t.fits(0) { // a loss before it is told at the very end
		start = t.push(entry{kind: entryEnd, dir: dir, time: t.stamp(at), off: t.pos[dir], cause: cause}, 0)
	}
	t.mu.Unlock()
	if start {
		t.kick()
	}
}

// close queues the end. Nothing is queued after it.
func (t *tap) close(at time.Time, cause error) {
	if t.sink == nil {
		t.done()
		return
	}
	t.mu.Lock()
	at = t.stamp(at)
	start := false
	for d, lost := range t.lost {
		if lost > 0 {
			start = t.push(entry{kind: entryChunk, dir: capture.Direction(d), time: at, off: t.pos[d], lost: lost}, 0) || start
		}
	}
	start = t.push(entry{kind: entryClose, time: at, cause: cause}, 0) || start
	t.ended = true
	t.signal()
	t.mu.Unlock()
	if start {
		t.kick()
	}
}

func (t *tap) kick() { go t.drain() }

func (t *tap) fits(n int) bool {
	used, limit := t.used.Load(), int64(t.ts.p.queue)
	return !t.ts.dead.Load() && (used == 0 || used+int64(n)+tapCost <= limit) && t.ts.used.Load() <= tapTotal*limit
}

// stamp keeps a connection's times in the order of its entries.
func (t *tap) stamp(at time.Time) time.Time {
	if at.Before(t.last) {
		at = t.last
	}
	t.last = at
	return at
}

func (t *tap) push(e entry, n int) (start bool) {
	t.entries = append(t.entries, e)
	t.ts.used.Add(int64(n) + tapCost)
	if t.used.Add(int64(n)+tapCost) >= tapWake {
		t.signal()
	}
	start = !t.draining
	t.draining = true
	return start
}

func (t *tap) signal() {
	if t.waiting {
		t.waiting = false
		t.wake <- struct{}{}
	}
}
