package capture_test

import (
	"bytes"
	"testing"
	"time"

	"imapscope/capture"
)

// TestHeldBufferIsNotReused checks that a Queue passes on what was in a Buffer when it was
// reported, although its Source reads on, and that it does not copy it.
func TestHeldBufferIsNotReused(t *testing.T) {
	const size, events = 1 << 10, 300
	buffers := capture.NewBuffers(size)
	gate, seen := make(chan struct{}), 0
	sink := sinkFunc(func(e *capture.Event) error {
		if <-gate; e.Kind != capture.Data {
			return nil
		}
		if want := bytes.Repeat([]byte{byte(seen)}, len(e.Data)); !bytes.Equal(e.Data, want) {
			t.Errorf("event %d holds other bytes: % x…", seen, e.Data[:4])
		}
		if held := e.Buffer != nil; held != (len(e.Data) >= size/2) {
			t.Errorf("%d bytes of %d: held %t", len(e.Data), size, held)
		}
		seen++
		return nil
	})
	a, b := capture.NewQueue(sink, 0), capture.NewQueue(discard, 0)
	both := capture.Tee{a, b}
	both.Event(&capture.Event{Kind: capture.Opened, Conn: 1, Info: &capture.Conn{ID: 1}})
	var off int64
	for i := range events {
		in := buffers.Get()
		p := in.Bytes()[:size/4*(1+i%4)]
		for k := range p {
			p[k] = byte(i)
		}
		both.Event(&capture.Event{Kind: capture.Data, Conn: 1, Time: time.Unix(1, 0), Off: off, Data: p, Buffer: in})
		off += int64(len(p))
		in.Release()
	}
	close(gate)
	if err := a.Stop(); err != nil || seen != events {
		t.Errorf("%d of %d events, error %v", seen, events, err)
	}
	b.Stop()
}

// TestHoldNeedsTheSameMemory checks that an event with other bytes than those of its Buffer, as a
// Sink that masks secrets passes it on, is copied.
func TestHoldNeedsTheSameMemory(t *testing.T) {
	in := capture.NewBuffers(16).Get()
	for name, p := range map[string][]byte{
		"other memory": make([]byte, 16), "none": nil, "less than half": in.Bytes()[:7], "cut off": in.Bytes()[:12:12],
	} {
		e := capture.Event{Kind: capture.Data, Data: p, Buffer: in}
		if _, ok := e.Hold(); ok {
			t.Errorf("%s: held", name)
		}
	}
	if _, ok := (&capture.Event{Data: in.Bytes()}).Hold(); ok {
		t.Error("held without a Buffer")
	}
	e := capture.Event{Data: in.Bytes()[4:], Buffer: in}
	h, ok := e.Hold()
	if !ok || h.Size() != 16 {
		t.Errorf("held %t, %d bytes", ok, h.Size())
	}
	h.Release()
	h.Release() // nothing is left to release
	in.Release()
	defer func() {
		if recover() == nil {
			t.Error("a Buffer was released twice")
		}
	}()
	in.Release()
}

// TestQueueCountsHeldMemory checks that the bound of a Queue is that of the memory it keeps in
// use, not of the bytes in it, and that what it does not keep is free again.
func TestQueueCountsHeldMemory(t *testing.T) {
	const size = 4 << 10
	gate := make(chan struct{})
	q := capture.NewQueue(sinkFunc(func(*capture.Event) error { <-gate; return nil }), 8*size)
	q.Event(&capture.Event{Kind: capture.Opened, Conn: 1, Info: &capture.Conn{ID: 1}})
	buffers := capture.NewBuffers(size)
	var off int64
	for range 100 {
		in := buffers.Get()
		q.Event(&capture.Event{Kind: capture.Data, Conn: 1, Off: off, Data: in.Bytes()[:size/2], Buffer: in})
		off += size / 2
		in.Release()
	}
	if kept := off - q.Lost(); kept > 8*size/2 || kept == 0 {
		t.Errorf("%d bytes kept, which take %d", kept, 2*kept)
	}
	close(gate)
	q.Stop()
	if n := q.Depth(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}

// sinkFunc is a Sink that is one function.
type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }

var discard = sinkFunc(func(*capture.Event) error { return nil })
