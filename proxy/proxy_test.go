package proxy_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
	"imapscope/proxy"
)

// patience is how long anything may take that should happen at once: a busy
// machine is no failure.
const patience = time.Minute

// step is one event a Sink received.
type step struct {
	capture.Event
	conn  capture.ConnID
	what  string // the kind
	text  string
	cause capture.Cause
	time  time.Time
}

// sink keeps what it receives.
type sink struct {
	slow func()       // before each Data
	fail func() error // by each Data

	mu     sync.Mutex
	conns  []capture.Conn
	steps  []step
	closed chan step
}

func newSink() *sink { return &sink{closed: make(chan step, 4096)} }

func (s *sink) Event(e *capture.Event) error {
	if e.Kind == capture.Data {
		if s.slow != nil {
			s.slow()
		}
		if s.fail != nil {
			if err := s.fail(); err != nil {
				return err
			}
		}
	}
	st := step{Event: capturetest.Clone(e), conn: e.Conn, what: e.Kind.String(), text: e.Text, cause: e.Cause, time: e.Time}
	s.mu.Lock()
	if e.Kind == capture.Opened {
		s.conns = append(s.conns, *e.Info)
	}
	s.steps = append(s.steps, st)
	s.mu.Unlock()
	if e.Kind == capture.Closed {
		s.closed <- st
	}
	return nil
}

// all is what was reported so far.
func (s *sink) all() []step {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]step(nil), s.steps...)
}

// end waits for the next Close.
func (s *sink) end(t *testing.T) step {
	t.Helper()
	select {
	case st := <-s.closed:
		return st
	case <-time.After(patience):
		t.Fatal("the Sink was not told of an end")
		return step{}
	}
}

// octets is what the Sink got of one direction of a connection, with the losses
// counted; positions are checked on the way.
func (s *sink) octets(t *testing.T, id capture.ConnID, dir capture.Direction) (data []byte, lost int64) {
	t.Helper()
	pos := int64(0)
	for _, st := range s.all() {
		if st.conn != id || st.Kind != capture.Data && st.Kind != capture.Gap || st.Dir != dir {
			continue
		}
		if pos != st.Off {
			t.Fatalf("%s: %s at %d, after position %d", dir, st.what, st.Off, pos)
		}
		lost += st.N
		data = append(data, st.Data...)
		pos += st.N + int64(len(st.Data))
	}
	return data, lost
}

// running is a Proxy that serves.
type running struct {
	*proxy.Proxy
	t      *testing.T
	addr   string
	cancel context.CancelFunc
	done   chan error
	log    *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve starts p on a free port of loopback, and stops it at the test's end.
func serve(t *testing.T, p *proxy.Proxy) *running {
	t.Helper()
	l, err := proxy.Listen(t.Context(), "127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, p, l)
}

func serveOn(t *testing.T, p *proxy.Proxy, l net.Listener) *running {
	leaktest.Check(t)
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{Proxy: p, t: t, addr: l.Addr().String(), cancel: cancel, done: make(chan error, 1), log: &lockedBuffer{}}
	if p.Log == nil {
		p.Log = slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	go func() { r.done <- p.Serve(ctx, l); close(r.done) }()
	t.Cleanup(func() {
		cancel()
		p.Close()
		<-r.done
	})
	return r
}

// drain ends accepting, and returns Serve's error when all connections are gone.
func (r *running) drain() error {
	r.t.Helper()
	r.cancel()
	return r.wait()
}

func (r *running) wait() error {
	r.t.Helper()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		r.t.Fatalf("Serve did not return\n%s", r.log)
		return nil
	}
}

// dial connects to the proxy.
func (r *running) dial() *net.TCPConn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c.(*net.TCPConn)
}

// upstream listens, and runs a function for each connection.
func upstream(t *testing.T, handle func(c *net.TCPConn)) string {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				handle(c.(*net.TCPConn))
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

func echo(c *net.TCPConn) { io.Copy(c, c) }

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

func TestConversation(t *testing.T) {
	leaktest.Check(t)
	s := newSink()
	up := upstream(t, echo)
	r := serve(t, &proxy.Proxy{Target: proxy.Fixed(up), Sink: s})
	c := r.dial()
	line := []byte("A001 NOOP\r\n")
	for range 20 {
		c.Write(line)
		got := make([]byte, len(line))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, line) {
			t.Fatalf("%q, %v", got, err)
		}
	}
	// A byte counts once it was written, which the client can see first.
	eventually(t, "20 lines each way are counted", func() bool {
		st := r.Stats()
		return st.Open == 1 && st.Total == 1 && st.Octets == [2]int64{220, 220}
	})
	c.Close()
	if end := s.end(t); end.cause != capture.FIN {
		t.Errorf("ended by %v", end.cause)
	}
	if err := r.drain(); err != nil {
		t.Error(err)
	}
	conn := s.conns[0]
	if conn.ID != 1 || conn.Client.String() != c.LocalAddr().String() || conn.Server.String() != r.addr || conn.Start.IsZero() {
		t.Errorf("%+v", conn)
	}
	steps := s.all()
	if steps[0].what != "opened" || steps[1].what != "note" || !strings.Contains(steps[1].text, up) {
		t.Errorf("begins with %+v, %+v", steps[0], steps[1])
	}
	dir, last := capture.ServerToClient, time.Time{}
	end := slices.IndexFunc(steps, func(st step) bool { return st.Kind == capture.HalfClosed })
	if end < 0 || steps[end].Dir != capture.ClientToServer || steps[len(steps)-1].Kind != capture.Closed {
		t.Fatalf("ends with %+v", steps[len(steps)-1])
	}
	for _, st := range steps[2:end] {
		if st.what != "data" || st.Dir != dir.Reverse() || st.Time.Before(last) {
			t.Fatalf("out of order: %+v", st)
		}
		dir, last = st.Dir, st.Time
	}
	if st := r.Stats(); st.Open != 0 {
		t.Errorf("%+v", st)
	}
}
