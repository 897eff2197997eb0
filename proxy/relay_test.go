package proxy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

func TestHalfClose(t *testing.T) {
	leaktest.Check(t)
	t.Run("client first", func(t *testing.T) {
		up := upstream(t, func(c *net.TCPConn) {
			all, _ := io.ReadAll(c)
			fmt.Fprintf(c, "got %s", all)
		})
		s := newSink()
		c := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s}).dial()
		io.WriteString(c, "question")
		c.CloseWrite()
		if all, err := io.ReadAll(c); err != nil || string(all) != "got question" {
			t.Errorf("%q, %v", all, err)
		}
		if end := s.end(t); end.cause != capture.FIN {
			t.Errorf("ended by %v", end.cause)
		}
	})
	t.Run("server first", func(t *testing.T) {
		got := make(chan string, 1)
		up := upstream(t, func(c *net.TCPConn) {
			io.WriteString(c, "* BYE")
			c.CloseWrite()
			all, _ := io.ReadAll(c)
			got <- string(all)
		})
		c := serve(t, &proxy.Proxy{Target: proxy.Fixed(up)}).dial()
		if all, err := io.ReadAll(c); err != nil || string(all) != "* BYE" {
			t.Errorf("%q, %v", all, err)
		}
		io.WriteString(c, "one more thing")
		c.Close()
		if all := <-got; all != "one more thing" {
			t.Errorf("%q", all)
		}
	})
}

// TestReset has one side send and reset: the other gets the octets, then a reset.
func TestReset(t *testing.T) {
	leaktest.Check(t)
	last := random(5, 300<<10)
	for _, sinks := range []bool{true, false} {
		t.Run(fmt.Sprintf("by the client, sink %v", sinks), func(t *testing.T) {
			type result struct {
				n    int64
				err  error
				took time.Duration
			}
			got, sent := make(chan result, 1), make(chan time.Time, 1)
			up := upstream(t, func(c *net.TCPConn) {
				n, err := io.CopyN(io.Discard, c, int64(len(last)))
				if err == nil {
					at := <-sent
					var m int64
					m, err = io.Copy(io.Discard, c)
					got <- result{n + m, err, time.Since(at)}
					return
				}
				got <- result{n, err, 0}
			})
			s := newSink()
			p := &proxy.Proxy{Target: proxy.Fixed(up)}
			if sinks {
				p.Sink = s
			}
			r := serve(t, p)
			c := r.dial()
			c.Write(last)
			eventually(t, "all octets read", func() bool { return r.Stats().Octets[capture.ClientToServer] == int64(len(last)) })
			sent <- time.Now()
			c.SetLinger(0)
			c.Close()
			res := <-got
			if res.n != int64(len(last)) || !errors.Is(res.err, syscall.ECONNRESET) || res.took > time.Second {
				t.Errorf("%+v", res)
			}
			if !sinks {
				return
			}
			if end := s.end(t); end.cause != capture.RST {
				t.Errorf("ended by %v", end.cause)
			}
		})
		t.Run(fmt.Sprintf("by the server, sink %v", sinks), func(t *testing.T) {
			up := upstream(t, func(c *net.TCPConn) {
				io.ReadFull(c, make([]byte, 1))
				c.Write(last)
				// A RST overtakes what the proxy's kernel has not got yet.
				time.Sleep(50 * time.Millisecond)
				c.SetLinger(0)
			})
			s := newSink()
			p := &proxy.Proxy{Target: proxy.Fixed(up)}
			if sinks {
				p.Sink = s
			}
			r := serve(t, p)
			c := r.dial()
			c.Write([]byte("x"))
			n, err := io.Copy(io.Discard, c)
			if n != int64(len(last)) || !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("%d octets, %v", n, err)
			}
			if !sinks {
				return
			}
			if end := s.end(t); end.cause != capture.RST {
				t.Errorf("ended by %v", end.cause)
			}
		})
	}
	t.Run("while the other side does not read", func(t *testing.T) {
		type result struct {
			n   int64
			err error
		}
		got, read := make(chan result, 1), make(chan struct{})
		up := upstream(t, func(c *net.TCPConn) {
			<-read
			n, err := io.Copy(io.Discard, c)
			got <- result{n, err}
		})
		r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: newSink()})
		c := r.dial()
		c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		c.Write(make([]byte, 64<<20)) // until everything is full, or time is up
		c.SetLinger(0)
		c.Close()
		time.Sleep(300 * time.Millisecond)
		close(read)
		res := <-got
		if sent := r.Stats().Octets[capture.ClientToServer]; !errors.Is(res.err, syscall.ECONNRESET) || res.n != sent {
			t.Errorf("%d octets arrived of %d, %v", res.n, sent, res.err)
		}
	})
}

// refused is an address where nobody listens.
func refused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestNoUpstream(t *testing.T) {
	leaktest.Check(t)
	hang := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for _, tt := range []struct {
		name, says string
		p          *proxy.Proxy
	}{
		{"refuses", "connection refused", &proxy.Proxy{Target: proxy.Fixed(refused(t))}},
		{"does not answer", "did not answer within 20ms", &proxy.Proxy{Target: "mail.example:143", Dial: hang, DialTimeout: 20 * time.Millisecond}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSink()
			tt.p.Sink = s
			r := serve(t, tt.p)
			c := r.dial()
			io.WriteString(c, "A1 NOOP\r\n") // unread octets must not turn the close into a reset
			if all, err := io.ReadAll(c); err != nil || len(all) > 0 {
				t.Errorf("%q, %v", all, err)
			}
			c.Close()
			if end := s.end(t); end.cause != capture.FIN {
				t.Errorf("ended by %v", end.cause)
			}
			steps := s.all()
			if len(steps) != 3 || steps[0].what != "opened" || !strings.HasPrefix(steps[1].text, capture.NoServer) || !strings.Contains(steps[1].text, tt.says) {
				t.Errorf("%+v", steps)
			}
			if !strings.Contains(r.log.String(), tt.says) || r.Stats().Failed != 1 {
				t.Errorf("%+v, log:\n%s", r.Stats(), r.log)
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
