package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/capture"
	"imapscope/capture/leaktest"
)

// sink keeps what it receives, and signals when connections close.
type sink struct {
	mu     sync.Mutex
	conns  []capture.Conn
	data   map[capture.ConnID]*[2]bytes.Buffer
	lost   int64
	closed chan capture.ConnID
	fail   error // of Chunk
}

func newSink() *sink {
	return &sink{data: map[capture.ConnID]*[2]bytes.Buffer{}, closed: make(chan capture.ConnID, 16)}
}

func (s *sink) Event(e *capture.Event) error {
	if e.Kind == capture.Closed {
		s.closed <- e.Conn
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case capture.Opened:
		s.conns = append(s.conns, *e.Info)
		s.data[e.Conn] = new([2]bytes.Buffer)
	case capture.Gap:
		s.lost += e.N
	case capture.Data:
		s.data[e.Conn][e.Dir].Write(e.Data)
		return s.fail
	}
	return nil
}

// start runs a source until the test calls stop, which returns Run's error.
func start(t *testing.T, src *Source, to capture.Sink) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx, to) }()
	t.Cleanup(cancel)
	return func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(3 * time.Second):
			t.Error("Run did not end")
			return nil
		}
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	rng := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestConversationReachesTheSink checks that the sink receives what two programs send to each other.
func TestConversationReachesTheSink(t *testing.T) {
	for _, c := range []struct{ name, iface, address string }{
		{"lo", "lo", "127.0.0.1:0"}, {"lo, IPv6", "lo", "[::1]:0"}, {"any", Any, "127.0.0.1:0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, port := listener(t, c.address)
			src := open(t, Options{Interface: c.iface, Ports: []uint16{port}})
			got := newSink()
			stop := start(t, src, got)
			client, server := random(200_000), random(500_001)
			talk(t, l, client, server)
			select {
			case <-got.closed:
			case <-time.After(5 * time.Second):
				t.Error("the connection's end was not seen")
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if len(got.conns) != 1 {
				t.Fatalf("%d connections", len(got.conns))
			}
			conn := got.conns[0]
			if conn.Server.String() != l.Addr().String() || conn.Origin != c.iface || conn.MidStream {
				t.Errorf("%+v", conn)
			}
			data := got.data[conn.ID]
			if got.lost != 0 || !bytes.Equal(data[capture.ClientToServer].Bytes(), client) || !bytes.Equal(data[capture.ServerToClient].Bytes(), server) {
				t.Errorf("%d bytes lost, %d of %d and %d of %d came", got.lost,
					data[0].Len(), len(client), data[1].Len(), len(server))
			}
			if s := src.Stats(); s.Frames == 0 || s.Dropped != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestEndInTheMiddle checks that frames that had arrived are reported when Run is
// stopped, even if Run had no time to read them before.
func TestEndInTheMiddle(t *testing.T) {
	l, port := listener(t, "127.0.0.1:0")
	src := open(t, Options{Interface: "lo", Ports: []uint16{port}})
	client, server := random(1000), random(2000)
	talk(t, l, client, server)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got := newSink()
	if err := src.Run(ctx, got); err != nil {
		t.Fatal(err)
	}
	if len(got.conns) != 1 || !bytes.Equal(got.data[got.conns[0].ID][capture.ServerToClient].Bytes(), server) {
		t.Errorf("%d connections", len(got.conns))
	}
}

func TestSinkError(t *testing.T) {
	l, port := listener(t, "127.0.0.1:0")
	src := open(t, Options{Interface: "lo", Ports: []uint16{port}})
	full := errors.New("disk full")
	got := newSink()
	got.fail = full
	done := make(chan error, 1)
	go func() { done <- src.Run(t.Context(), got) }()
	talk(t, l, random(10), random(10))
	select {
	case err := <-done:
		if !errors.Is(err, full) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Run continues")
	}
}

// TestStopsPromptly checks that Run stops at once while nothing arrives, and leaves nothing running.
func TestStopsPromptly(t *testing.T) {
	leaktest.Check(t)
	for range 5 {
		stop := start(t, open(t, Options{Interface: "lo", Ports: []uint16{1}}), newSink())
		time.Sleep(10 * time.Millisecond) // into the wait
		began := time.Now()
		if err := stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > tickEvery/2 {
			t.Errorf("stopping took %v", took)
		}
	}
}

// TestRunOnce checks that a Source that was run is closed.
func TestRunOnce(t *testing.T) {
	src := open(t, Options{Interface: "lo", Ports: []uint16{1}})
	if err := start(t, src, newSink())(); err != nil {
		t.Fatal(err)
	}
	if err := src.Run(t.Context(), newSink()); err == nil || !strings.Contains(err.Error(), "reading from lo") {
		t.Errorf("a second run: %v", err)
	}
}

// TestAnyPort finds an IMAP server on a port that was not named.
func TestAnyPort(t *testing.T) {
	l, _ := listener(t, "127.0.0.1:0")
	src := open(t, Options{Interface: "lo", AnyPort: true})
	got := newSink()
	stop := start(t, src, got)
	server := []byte("* OK IMAP2 server ready\r\n* BYE going down\r\n")
	talk(t, l, nil, server) // a client that spoke first would be none of IMAP
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	for _, c := range got.conns {
		if c.Server.String() == l.Addr().String() {
			if b := got.data[c.ID][capture.ServerToClient].Bytes(); !bytes.Equal(b, server) {
				t.Errorf("%q", b)
			}
			return
		}
	}
	t.Errorf("not among %d connections", len(got.conns))
}

// TestLossIsReported checks that bytes the kernel dropped in the middle of a
// connection are reported as lost, and the bytes after them at their position.
func TestLossIsReported(t *testing.T) {
	const dropped, last = 4 << 20, 1000
	l, port := listener(t, "127.0.0.1:0")
	src := open(t, Options{Interface: "lo", Ports: []uint16{port}})
	room(t, src, 200_000)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	send := func(n int) {
		go server.Write(random(n))
		if _, err := io.CopyN(io.Discard, c, int64(n)); err != nil {
			t.Error(err)
		}
	}
	send(dropped) // the socket is not read
	if src.Stats().Dropped == 0 {
		t.Fatal("nothing was dropped")
	}
	room(t, src, receiveRoom)
	got := newSink()
	stop := start(t, src, got)
	for src.sock.pendingBytes(t) > 0 {
		time.Sleep(time.Millisecond)
	}
	send(last)
	server.Close()
	c.Close()
	select {
	case <-got.closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection's end was not seen")
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if len(got.conns) != 1 {
		t.Fatalf("%d connections", len(got.conns))
	}
	b := got.data[got.conns[0].ID][capture.ServerToClient].Bytes()
	if got.lost == 0 || int64(len(b))+got.lost != dropped+last || !bytes.HasSuffix(b, random(last)) {
		t.Errorf("%d bytes came and %d were lost, of %d", len(b), got.lost, dropped+last)
	}
}

// room sets the size of the kernel's buffer for the source, in bytes.
func room(t *testing.T, src *Source, bytes int) {
	t.Helper()
	var denied error
	if err := src.sock.conn.Control(func(fd uintptr) {
		denied = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bytes)
	}); err != nil {
		t.Fatal(err)
	}
	if denied != nil {
		t.Skipf("NOT TESTED: the socket's buffer cannot be set: %v", denied)
	}
}

// pendingBytes returns the length of the next frame that waits to be read; 0 is
// none.
func (s *socket) pendingBytes(t *testing.T) (n int) {
	t.Helper()
	if err := s.conn.Control(func(fd uintptr) { n, _ = unix.IoctlGetInt(int(fd), unix.SIOCINQ) }); err != nil {
		t.Fatal(err)
	}
	return n
}
