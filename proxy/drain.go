package proxy

import (
	"fmt"
	"time"

	"imapscope/capture"
)

// drain hands entries on until there are none and none came for a while. One
// drain runs per tap.
func (t *tap) drain() {
	var timer *time.Timer
	var old *slab // whose entries were delivered
	var batch []entry
	for idle := false; ; {
		var more bool
		if batch, more = t.take(batch, idle, old); !more {
			return
		}
		octets := 0
		for i := range batch {
			e := &batch[i]
			if e.slab != nil && e.slab != old {
				t.mem.freeSlab(old)
				old = e.slab
			}
			octets += len(e.data)
			end := t.deliver(e)
			t.settle(e)
			if end {
				t.mem.freeSlab(old)
				t.done()
				return
			}
		}
		idle = len(batch) == 0
		if octets < tapWake/2 && !idle {
			timer = t.wait(timer)
		}
	}
}

// settle makes room for others.
func (t *tap) settle(e *entry) {
	cost := int64(len(e.data)+len(e.text)) + tapCost
	t.used.Add(-cost)
	t.ts.used.Add(-cost)
}

// take is the entries that are there, in exchange for the delivered ones. If there
// are none again, the drain is over.
func (t *tap) take(delivered []entry, idle bool, old *slab) (batch []entry, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(delivered)
	if len(t.entries) > 0 {
		batch, t.entries = t.entries, delivered[:0]
		return batch, true
	}
	if !idle {
		return delivered[:0], true
	}
	t.draining = false
	t.entries = nil
	if t.fill == old {
		t.fill = nil
	}
	t.mem.freeSlab(old)
	return nil, false
}

// wait lets small entries gather: a drain that is awake costs those who queue
// nothing, and one that must be woken for every line costs them much.
func (t *tap) wait(timer *time.Timer) *time.Timer {
	t.mu.Lock()
	if t.ended || t.used.Load() >= tapWake {
		t.mu.Unlock()
		return timer
	}
	t.waiting = true
	t.mu.Unlock()
	if timer == nil {
		timer = time.NewTimer(tapLinger)
	} else {
		timer.Reset(tapLinger)
	}
	select {
	case <-timer.C:
		t.mu.Lock()
		if !t.waiting {
			<-t.wake
		}
		t.waiting = false
		t.mu.Unlock()
	case <-t.wake:
		timer.Stop()
	}
	return timer
}

// deliver makes one call, and Open before the first. It tells the end.
func (t *tap) deliver(e *entry) (end bool) {
	end = e.kind == entryClose
	if t.conn.ID == 0 {
		t.open()
	}
	if t.ts.dead.Load() {
		t.forgo(e)
		return end
	}
	if err := t.call(e); err != nil {
		t.ts.fail(err)
		t.forgo(e)
	}
	return end
}

func (t *tap) call(e *entry) error {
	id := t.conn.ID
	switch e.kind {
	case entryClose:
		return t.sink.Close(id, e.time, e.cause)
	case entryNote:
		return t.ts.p.noter.Note(id, e.time, e.text)
	case entryEnd:
		return t.ts.p.ender.End(id, e.dir, e.time, e.cause)
	}
	c := capture.Chunk{Conn: id, Dir: e.dir, Time: e.time, Off: e.off, Lost: e.lost, Data: e.data}
	if t.ts.hurry.Load() {
		t.forgo(e)
		c.Off, c.Lost, c.Data = c.Off+int64(len(e.data)), c.Lost+int64(len(e.data)), nil
	}
	return t.sink.Chunk(c)
}

// forgo counts what will not be delivered.
func (t *tap) forgo(e *entry) {
	t.ts.p.stats.lost.Add(int64(len(e.data)))
	if e.kind == entryNote {
		t.ts.p.stats.lostNotes.Add(1)
	}
}

// open numbers the connection and tells the Sink of it.
func (t *tap) open() {
	ts := t.ts
	ts.open.Lock()
	defer ts.open.Unlock()
	ts.last++
	t.conn.ID = ts.last
	if ts.dead.Load() {
		return
	}
	if err := t.sink.Open(t.conn); err != nil {
		ts.fail(fmt.Errorf("opening a connection: %w", err))
	}
}
