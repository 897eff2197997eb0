package capture_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// ledger is a sink that checks the events it receives against the contract.
type ledger struct {
	t      *testing.T
	wait   func()
	fail   error
	mu     sync.Mutex
	ends   map[capture.ConnID]*[2]int64
	data   [2]int64
	lost   [2]int64
	notes  []string
	done   int
	halves int
}

func (l *ledger) Event(e *capture.Event) error {
	if l.wait != nil && e.Kind == capture.Data {
		l.wait()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e.Kind {
	case capture.Opened:
		if l.ends == nil {
			l.ends = make(map[capture.ConnID]*[2]int64)
		}
		l.ends[e.Conn] = new([2]int64)
	case capture.Data, capture.Gap:
		return l.stream(e)
	case capture.HalfClosed:
		l.halves++
	case capture.Note:
		l.notes = append(l.notes, fmt.Sprint(e.Conn, " ", e.Text))
	case capture.Closed:
		l.done++
	}
	return nil
}

func (l *ledger) stream(e *capture.Event) error {
	if l.fail != nil {
		return l.fail
	}
	end := &l.ends[e.Conn][e.Dir]
	if e.Off != *end {
		l.t.Errorf("connection %d, %v: %v at %d after %d", e.Conn, e.Dir, e.Kind, e.Off, *end)
	}
	for i, b := range e.Data {
		if want := byteAt(e.Conn, e.Dir, e.Off+int64(i)); b != want {
			l.t.Fatalf("byte %d of connection %d is %d, want %d", e.Off+int64(i), e.Conn, b, want)
		}
	}
	*end += e.N + int64(len(e.Data))
	l.data[e.Dir] += int64(len(e.Data))
	l.lost[e.Dir] += e.N
	return nil
}

// byteAt returns the byte at a position of a stream.
func byteAt(id capture.ConnID, dir capture.Direction, off int64) byte {
	return byte(off*7 + int64(id)*31 + int64(dir)*13)
}

// send reports conns connections to a sink, interleaved, and returns how much it sent.
func send(t *testing.T, s capture.Sink, conns int) (sent [2]int64) {
	t.Helper()
	d := capturetest.To(s)
	ends := make([][2]int64, conns)
	now := time.Unix(1, 0)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range conns {
		check(d.Open(capture.Conn{ID: capture.ConnID(i + 1)}))
		check(d.Note(capture.ConnID(i+1), now, "hello"))
	}
	rng := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 3000)
	for range 2000 {
		i, dir := rng.IntN(conns), capture.Direction(rng.IntN(2))
		id := capture.ConnID(i + 1)
		b := buf[:1+rng.IntN(len(buf))]
		for k := range b {
			b[k] = byteAt(id, dir, ends[i][dir]+int64(k))
		}
		check(d.Data(id, dir, now, ends[i][dir], b))
		ends[i][dir] += int64(len(b))
		sent[dir] += int64(len(b))
	}
	for i := range conns {
		check(d.HalfClose(capture.ConnID(i+1), capture.ServerToClient, now, capture.FIN))
		check(d.Close(capture.ConnID(i+1), now, capture.FIN))
	}
	return sent
}

// TestQueue checks that bytes that do not fit are lost, and every byte is accounted for.
func TestQueue(t *testing.T) {
	gate := make(chan struct{})
	l := &ledger{t: t, wait: func() { <-gate }}
	q := capture.NewQueue(l, 100_000)
	sent := send(t, q, 5) // nothing is consumed meanwhile
	close(gate)
	if err := q.Stop(); err != nil {
		t.Fatal(err)
	}
	if q.Lost() == 0 || l.done != 5 || l.halves != 5 || len(l.notes) != 5 {
		t.Errorf("%d lost, %d closed, notes %q", q.Lost(), l.done, l.notes)
	}
	for dir := range sent {
		if l.data[dir]+l.lost[dir] != sent[dir] {
			t.Errorf("%d bytes and %d lost of %d", l.data[dir], l.lost[dir], sent[dir])
		}
	}
	if l.lost[0]+l.lost[1] != q.Lost() {
		t.Errorf("%d lost, and %d reported to the sink", q.Lost(), l.lost[0]+l.lost[1])
	}
}

// TestQueueFast checks that a sink that keeps up loses nothing.
func TestQueueFast(t *testing.T) {
	l := &ledger{t: t}
	q := capture.NewQueue(l, 0)
	sent := send(t, q, 3)
	if err := q.Stop(); err != nil {
		t.Fatal(err)
	}
	if l.data != sent || q.Lost() != 0 {
		t.Errorf("%v of %v bytes, %d lost", l.data, sent, q.Lost())
	}
}

// TestQueueError checks that a sink that failed is not called again, and that its caller is unaffected.
func TestQueueError(t *testing.T) {
	l := &ledger{t: t, fail: errors.New("full")}
	other := &ledger{t: t}
	q := capture.NewQueue(l, 0)
	sent := send(t, capture.Tee{q, other}, 2)
	if err := q.Stop(); !errors.Is(err, l.fail) {
		t.Errorf("error %v", err)
	}
	if other.data != sent || l.data != [2]int64{} {
		t.Errorf("%v and %v of %v bytes", other.data, l.data, sent)
	}
}

// TestBatchQueue checks that the end of a batch is reported after the events, without a later one
// that would bring it about, and before Stop returns.
func TestBatchQueue(t *testing.T) {
	var events, ended int // of events, when a batch ended; in the goroutine of the Queue
	ends := make(chan int, 100)
	q := capture.NewBatchQueue(sinkFunc(func(*capture.Event) error { events++; return nil }), 0, func() {
		if events == ended {
			t.Error("a batch without events")
		}
		ended = events
		ends <- ended
	})
	q.Event(&capture.Event{Kind: capture.Opened, Conn: 1, Info: &capture.Conn{ID: 1}})
	for n := 0; n < 1; n = <-ends {
	}
	for range 10 {
		q.Event(&capture.Event{Kind: capture.Note, Conn: 1})
	}
	q.Stop()
	if ended != 11 {
		t.Errorf("the last batch ended after %d events of 11", ended)
	}
}
