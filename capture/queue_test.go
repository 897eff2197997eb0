package capture_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
)

// ledger is a sink that holds what it is told against the contract.
type ledger struct {
	t     *testing.T
	wait  func()
	fail  error
	mu    sync.Mutex
	ends  map[capture.ConnID]*[2]int64
	data  [2]int64
	lost  [2]int64
	notes []string
	done  int
}

func (l *ledger) Open(c capture.Conn) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ends == nil {
		l.ends = make(map[capture.ConnID]*[2]int64)
	}
	l.ends[c.ID] = new([2]int64)
	return nil
}

func (l *ledger) Chunk(c capture.Chunk) error {
	if l.wait != nil {
		l.wait()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return l.fail
	}
	end := &l.ends[c.Conn][c.Dir]
	if c.Off != *end+c.Lost {
		l.t.Errorf("connection %d, %v: chunk at %d after %d with %d lost", c.Conn, c.Dir, c.Off, *end, c.Lost)
	}
	for i, b := range c.Data {
		if want := octet(c.Conn, c.Dir, c.Off+int64(i)); b != want {
			l.t.Fatalf("octet %d of connection %d is %d, want %d", c.Off+int64(i), c.Conn, b, want)
		}
	}
	*end = c.Off + int64(len(c.Data))
	l.data[c.Dir] += int64(len(c.Data))
	l.lost[c.Dir] += c.Lost
	return nil
}

func (l *ledger) Close(capture.ConnID, time.Time, error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done++
	return nil
}

func (l *ledger) Note(id capture.ConnID, _ time.Time, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notes = append(l.notes, fmt.Sprint(id, " ", text))
	return nil
}

// octet is what stands at a place of a stream.
func octet(id capture.ConnID, dir capture.Direction, off int64) byte {
	return byte(off*7 + int64(id)*31 + int64(dir)*13)
}

// send tells a sink of conns connections, interleaved, and says how much it sent.
func send(t *testing.T, s capture.Sink, conns int) (sent [2]int64) {
	t.Helper()
	ends := make([][2]int64, conns)
	now := time.Unix(1, 0)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range conns {
		check(s.Open(capture.Conn{ID: capture.ConnID(i + 1)}))
		if n, ok := s.(capture.Noter); ok {
			check(n.Note(capture.ConnID(i+1), now, "hello"))
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 3000)
	for range 2000 {
		i, dir := rng.IntN(conns), capture.Direction(rng.IntN(2))
		id := capture.ConnID(i + 1)
		b := buf[:1+rng.IntN(len(buf))]
		for k := range b {
			b[k] = octet(id, dir, ends[i][dir]+int64(k))
		}
		check(s.Chunk(capture.Chunk{Conn: id, Dir: dir, Time: now, Off: ends[i][dir], Data: b}))
		ends[i][dir] += int64(len(b))
		sent[dir] += int64(len(b))
	}
	for i := range conns {
		check(s.Close(capture.ConnID(i+1), now, capture.FIN))
	}
	return sent
}

// TestQueue: what does not fit is lost, and every octet is accounted for.
func TestQueue(t *testing.T) {
	gate := make(chan struct{})
	l := &ledger{t: t, wait: func() { <-gate }}
	q := capture.NewQueue(l, 100_000)
	sent := send(t, q, 5) // nothing is taken meanwhile
	close(gate)
	if err := q.Stop(); err != nil {
		t.Fatal(err)
	}
	if q.Lost() == 0 || l.done != 5 || len(l.notes) != 5 {
		t.Errorf("%d lost, %d closed, notes %q", q.Lost(), l.done, l.notes)
	}
	for dir := range sent {
		if l.data[dir]+l.lost[dir] != sent[dir] {
			t.Errorf("%d octets and %d lost of %d", l.data[dir], l.lost[dir], sent[dir])
		}
	}
	if l.lost[0]+l.lost[1] != q.Lost() {
		t.Errorf("%d lost, and the sink was told of %d", q.Lost(), l.lost[0]+l.lost[1])
	}
}

// TestQueueFast: a sink that keeps up loses nothing.
func TestQueueFast(t *testing.T) {
	l := &ledger{t: t}
	q := capture.NewQueue(l, 0)
	sent := send(t, q, 3)
	if err := q.Stop(); err != nil {
		t.Fatal(err)
	}
	if l.data != sent || q.Lost() != 0 {
		t.Errorf("%v of %v octets, %d lost", l.data, sent, q.Lost())
	}
}

// TestQueueError: a sink that failed is left alone, and its caller unharmed.
func TestQueueError(t *testing.T) {
	l := &ledger{t: t, fail: errors.New("full")}
	other := &ledger{t: t}
	q := capture.NewQueue(l, 0)
	sent := send(t, capture.Tee{q, other}, 2)
	if err := q.Stop(); !errors.Is(err, l.fail) {
		t.Errorf("error %v", err)
	}
	if other.data != sent || l.data != [2]int64{} {
		t.Errorf("%v and %v of %v octets", other.data, l.data, sent)
	}
}
