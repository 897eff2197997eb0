package proxy_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
)

func random(seed uint64, n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{byte(seed)})
	rng.Read(b)
	return b
}

// writeChunks writes data in pieces of random sizes.
func writeChunks(c net.Conn, data []byte, rng *rand.Rand) {
	for len(data) > 0 {
		n := min(len(data), 1+rng.IntN(1<<rng.IntN(18)))
		if _, err := c.Write(data[:n]); err != nil {
			return
		}
		data = data[n:]
	}
}

// readSlowly hashes what comes until its end, resting at times.
func readSlowly(c net.Conn, slow bool) [32]byte {
	h := sha256.New()
	b := make([]byte, 32<<10)
	for i := 0; ; i++ {
		n, err := c.Read(b)
		h.Write(b[:n])
		if err != nil {
			return [32]byte(h.Sum(nil))
		}
		if slow && i%16 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestOctetsBothWays(t *testing.T) {
	for _, tt := range []struct {
		name                   string
		slowClient, slowServer bool
		sink                   bool
	}{
		{name: "copied", sink: true},
		{name: "slow client", slowClient: true, sink: true},
		{name: "slow server", slowServer: true, sink: true},
		{name: "no sink"},
		{name: "no sink, slow client", slowClient: true},
		{name: "no sink, slow server", slowServer: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			leaktest.Check(t)
			requests, answers := random(1, 6<<20), random(2, 8<<20)
			got := make(chan [32]byte, 1)
			up := upstream(t, func(c *net.TCPConn) {
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					writeChunks(c, answers, rand.New(rand.NewPCG(1, 2)))
					c.CloseWrite()
				}()
				got <- readSlowly(c, tt.slowServer)
				<-sent // upstream closes c, and what was not written is lost
			})
			p := &proxy.Proxy{Target: proxy.Fixed(up)}
			s := newSink()
			if tt.sink {
				p.Sink = s
			}
			r := serve(t, p)
			c := r.dial()
			go func() {
				writeChunks(c, requests, rand.New(rand.NewPCG(3, 4)))
				c.CloseWrite()
			}()
			if sum := readSlowly(c, tt.slowClient); sum != sha256.Sum256(answers) {
				t.Error("the client got something else than the server sent")
			}
			if sum := <-got; sum != sha256.Sum256(requests) {
				t.Error("the server got something else than the client sent")
			}
			c.Close()
			if err := r.drain(); err != nil {
				t.Fatal(err)
			}
			if st := r.Stats(); st.Octets != [2]int64{6 << 20, 8 << 20} {
				t.Errorf("%+v", st)
			}
			if !tt.sink {
				return
			}
			for dir, want := range [][]byte{requests, answers} {
				if data, lost := s.octets(t, 1, capture.Direction(dir)); lost != 0 || !bytes.Equal(data, want) {
					t.Errorf("%s: the Sink got %d octets and lost %d", capture.Direction(dir), len(data), lost)
				}
			}
			if end := s.end(t); end.cause != capture.FIN {
				t.Errorf("ended by %v", end.cause)
			}
		})
	}
}

func TestConnectionLimit(t *testing.T) {
	leaktest.Check(t)
	up := upstream(t, echo)
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), MaxConns: 2})
	answers := func(c net.Conn, wait time.Duration) bool {
		c.SetReadDeadline(time.Now().Add(wait))
		_, err := c.Read(make([]byte, 1))
		return err == nil
	}
	one, two, three := r.dial(), r.dial(), r.dial()
	for _, c := range []net.Conn{one, two, three} {
		c.Write([]byte("x"))
	}
	if !answers(one, patience) || !answers(two, patience) {
		t.Fatal("no answer within the limit")
	}
	if answers(three, 50*time.Millisecond) {
		t.Error("a third connection was relayed")
	}
	if !strings.Contains(r.log.String(), "connection limit reached") {
		t.Error("the log does not tell of the limit")
	}
	one.Close()
	if !answers(three, patience) {
		t.Error("no answer after there was room again")
	}
}

func TestDrainAndClose(t *testing.T) {
	leaktest.Check(t)
	s := newSink()
	up := upstream(t, echo)
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s})
	ask := func(c net.Conn) error {
		c.Write([]byte("x"))
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	c, d := r.dial(), r.dial()
	if err := errors.Join(ask(c), ask(d)); err != nil {
		t.Fatal(err)
	}
	// What is dialed below until nothing is accepted may have been accepted, and ends too.
	s.mu.Lock()
	first := map[capture.ConnID]bool{s.conns[0].ID: true, s.conns[1].ID: true}
	s.mu.Unlock()
	end := func() step {
		for {
			if st := s.end(t); first[st.conn] {
				return st
			}
		}
	}
	r.cancel()
	eventually(t, "no more accepted", func() bool {
		e, err := net.Dial("tcp", r.addr)
		if err == nil {
			e.Close()
		}
		return err != nil
	})
	if err := ask(c); err != nil {
		t.Errorf("a connection did not outlive the drain: %v", err)
	}
	c.Close()
	if got := end(); got.cause != capture.FIN {
		t.Errorf("ended by %v", got.cause)
	}
	select {
	case <-r.done:
		t.Fatal("Serve returned before the last connection ended")
	case <-time.After(20 * time.Millisecond):
	}
	r.Close()
	if err := r.wait(); err != nil {
		t.Error(err)
	}
	if got := end(); got.cause != capture.EndOfCapture {
		t.Errorf("ended by %v", got.cause)
	}
	if _, err := d.Read(make([]byte, 1)); err == nil {
		t.Error("still open after Close")
	}
}

// TestSlowSink has a Sink behind a Queue that takes its time: traffic does not, and
// what is missing is reported to the byte.
func TestSlowSink(t *testing.T) {
	leaktest.Check(t)
	for _, queue := range []int{1, 10_000, 1 << 20} {
		s := newSink()
		gate := make(chan struct{})
		s.slow = func() { <-gate }
		up := upstream(t, echo)
		q := capture.NewQueue(s, queue)
		r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: q})
		c := r.dial()
		data := random(9, 4<<20)
		go func() { c.Write(data); c.CloseWrite() }()
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d octets, %v", len(got), err)
		}
		close(gate)
		s.end(t)
		sum := int64(0)
		for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
			got, lost := s.octets(t, 1, dir)
			if int64(len(got))+lost != int64(len(data)) || lost == 0 {
				t.Errorf("queue %d, %s: %d delivered and %d lost of %d", queue, dir, len(got), lost, len(data))
			}
			sum += lost
		}
		if err := errors.Join(r.drain(), q.Stop()); err != nil {
			t.Error(err)
		}
		if q.Lost() != sum {
			t.Errorf("%d lost, %d counted", sum, q.Lost())
		}
	}
}

// TestStuckSink has a Sink that never returns: Close and Serve do.
func TestStuckSink(t *testing.T) {
	s := newSink()
	gate, stuck := make(chan struct{}), make(chan struct{})
	defer close(gate)
	s.slow = func() { close(stuck); <-gate }
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(upstream(t, echo)), Sink: s})
	c := r.dial()
	c.Write([]byte("x"))
	<-stuck
	r.Close()
	if err := r.wait(); err == nil || !strings.Contains(err.Error(), "did not return") {
		t.Errorf("%v", err)
	}
}

func TestFailingSink(t *testing.T) {
	leaktest.Check(t)
	full, calls := errors.New("no space left on device"), atomic.Int64{}
	s := newSink()
	s.fail = func() error { calls.Add(1); return full }
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(upstream(t, echo)), Sink: s})
	for range 3 {
		c := r.dial()
		for range 5 {
			c.Write([]byte("x"))
			if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Millisecond)
		}
		c.Close()
	}
	if err := r.drain(); !errors.Is(err, full) {
		t.Errorf("Serve returned %v", err)
	}
	if n := strings.Count(r.log.String(), full.Error()); n != 1 || calls.Load() != 1 {
		t.Errorf("logged %d times after %d calls", n, calls.Load())
	}
	if st := r.Stats(); st.Octets != [2]int64{15, 15} {
		t.Errorf("%+v", st)
	}
}

// TestLatePlus has a server that says "+" only after the literal.
func TestLatePlus(t *testing.T) {
	leaktest.Check(t)
	up := upstream(t, func(c *net.TCPConn) {
		io.ReadFull(c, make([]byte, len("A1 LOGIN {4}\r\nfred secret\r\n")))
		io.WriteString(c, "+ Ready\r\nA1 OK\r\n")
	})
	c := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: newSink()}).dial()
	io.WriteString(c, "A1 LOGIN {4}\r\n")
	io.WriteString(c, "fred secret\r\n")
	if all, err := io.ReadAll(c); err != nil || string(all) != "+ Ready\r\nA1 OK\r\n" {
		t.Errorf("%q, %v", all, err)
	}
}

func TestManyConnections(t *testing.T) {
	const n = 2000
	if err := raiseFiles(4*n + 200); err != nil {
		t.Skipf("SKIPPED: %d connections need many descriptors: %v", n, err)
	}
	leaktest.Check(t)
	s := newSink()
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(upstream(t, echo)), Sink: s})
	conns := make([]net.Conn, n)
	for i := range conns {
		conns[i] = r.dial()
	}
	eventually(t, "all connections are relayed", func() bool { return r.Stats().Open == n })
	var wg sync.WaitGroup
	for i, c := range conns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer c.Close()
			c.SetDeadline(time.Now().Add(3 * patience))
			line := fmt.Appendf(nil, "A%06d NOOP\r\n", i)
			for range 10 {
				c.Write(line)
				got := make([]byte, len(line))
				if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(line, got) {
					t.Errorf("%q, %v", got, err)
					return
				}
			}
		}()
	}
	wg.Wait()
	if err := r.drain(); err != nil {
		t.Error(err)
	}
	octets, last := map[capture.ConnID]int{}, capture.ConnID(0)
	for _, st := range s.all() {
		switch st.what {
		case "opened":
			if last++; st.conn != last {
				t.Fatalf("connection %d opened after %d", st.conn, last-1)
			}
		case "data":
			octets[st.conn] += len(st.Data)
		case "closed":
			if octets[st.conn] != 2*10*len("A000000 NOOP\r\n") || st.cause != capture.FIN {
				t.Errorf("connection %d: %d octets, %v", st.conn, octets[st.conn], st.cause)
			}
		}
	}
	if last != n {
		t.Errorf("%d connections", last)
	}
}
