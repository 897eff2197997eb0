package hub_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/hub"
)

// natsServer is a NATS server in this process that can be stopped and started again.
type natsServer struct {
	t    testing.TB
	dir  string
	port int
	s    *server.Server
}

func startServer(t testing.TB) *natsServer {
	t.Helper()
	n := &natsServer{t: t, dir: t.TempDir(), port: server.RANDOM_PORT}
	n.start()
	t.Cleanup(n.stop)
	return n
}

func (n *natsServer) start() {
	n.t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: n.port, JetStream: true, StoreDir: n.dir, NoLog: true, NoSigs: true,
	})
	if err != nil {
		n.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		n.t.Fatal("the server does not start")
	}
	n.s = s
	n.port = s.Addr().(*net.TCPAddr).Port
}

func (n *natsServer) stop() {
	n.s.Shutdown()
	n.s.WaitForShutdown()
}

func (n *natsServer) url(query string) string {
	return fmt.Sprintf("nats://127.0.0.1:%d?%s", n.port, query)
}

func address(t testing.TB, url string) *hub.Address {
	t.Helper()
	a, err := hub.ParseAddress(url)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func publish(t testing.TB, url string, o hub.PublishOptions) *hub.Publisher {
	t.Helper()
	o.Notice = func(text string) { t.Log(text) }
	p, err := hub.Publish(address(t, url), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func finish(t testing.TB, p *hub.Publisher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := p.Finish(ctx); err != nil {
		t.Fatal(err)
	}
}

// read returns the facts at an address by sensor and client, in order.
func read(t *testing.T, url string) map[string][]string {
	t.Helper()
	var got capturetest.Facts
	s := &hub.Source{Address: address(t, url)}
	if err := s.Run(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	if f := s.Figures(); f.Missing != 0 || f.Wrong != 0 {
		t.Errorf("%+v", f)
	}
	return grouped(t, &got)
}

// grouped returns the facts of each connection as lines without its number.
func grouped(t *testing.T, f *capturetest.Facts) map[string][]string {
	t.Helper()
	conns := make(map[capture.ConnID]capturetest.Facts)
	names := make(map[capture.ConnID]string)
	for _, e := range f.Events {
		if e.Kind == capture.Opened {
			if names[e.Conn] != "" {
				t.Fatalf("connection %d is opened twice", e.Conn)
			}
			names[e.Conn] = e.Info.Origin + " " + e.Info.Client.String()
		}
		c := conns[e.Conn]
		c.Events = append(c.Events, e)
		conns[e.Conn] = c
	}
	out := make(map[string][]string)
	for id, c := range conns {
		if _, twice := out[names[id]]; twice {
			t.Errorf("there are two connections of %s", names[id])
		}
		lines := c.Lines()
		for i, l := range lines {
			_, lines[i], _ = strings.Cut(l, " ")
		}
		out[names[id]] = lines
	}
	return out
}

// session is what a sensor reports of one connection: n transactions.
type session struct {
	id   capture.ConnID
	info capture.Conn
	n    int
	off  [2]int64
}

func sessionOf(sensor string, k, n int) session {
	id := capture.ConnID(k + 1)
	return session{id: id, n: n, info: capture.Conn{
		ID: id, Origin: sensor, Start: time.Unix(1_700_000_000, int64(k)),
		Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(k >> 16), byte(k >> 8), byte(k)}), 40000), Server: netip.MustParseAddrPort("192.0.2.9:143"),
	}}
}

// report reports it to a Sink; between is called before each transaction, if it is not nil.
func (x session) report(s capture.Sink, between func(i int)) error {
	for i := range x.n + 2 {
		if between != nil && i > 0 && i <= x.n {
			between(i - 1)
		}
		if err := x.step(s, i); err != nil {
			return err
		}
	}
	return nil
}

// step reports a part of it: the beginning (0), a transaction, or the end (n+1).
func (x *session) step(s capture.Sink, i int) error {
	d := capturetest.To(s)
	at := x.info.Start.Add(time.Duration(i) * time.Millisecond)
	var err error
	say := func(dir capture.Direction, text string) {
		if err == nil {
			err = d.Data(x.id, dir, at, x.off[dir], []byte(text))
		}
		x.off[dir] += int64(len(text))
	}
	switch {
	case i == 0:
		if err = d.Open(x.info); err == nil {
			say(capture.ServerToClient, "* OK ready\r\n")
		}
	case i <= x.n:
		say(capture.ClientToServer, fmt.Sprintf("a%d NOOP\r\n", i))
		say(capture.ServerToClient, fmt.Sprintf("a%d OK done %s\r\n", i, strings.Repeat("x", i%100)))
	default:
		err = errors.Join(d.Note(x.id, at, "a remark"), d.HalfClose(x.id, capture.ClientToServer, at, capture.FIN), d.Close(x.id, at, capture.FIN))
	}
	return err
}

// report reports sessions to a Sink, a transaction of each in turn.
func report(s capture.Sink, sessions []session) error {
	for i, more := 0, true; more; i++ {
		more = false
		for k := range sessions {
			if x := &sessions[k]; i <= x.n+1 {
				more = true
				if err := x.step(s, i); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reported returns what grouped returns of sessions.
func reported(t *testing.T, sessions ...session) map[string][]string {
	t.Helper()
	out := make(map[string][]string)
	for _, x := range sessions {
		var f capturetest.Facts
		if err := x.report(&f, nil); err != nil {
			t.Fatal(err)
		}
		for k, v := range grouped(t, &f) {
			out[k] = v
		}
	}
	return out
}

func compare(t *testing.T, got, want map[string][]string) {
	t.Helper()
	for name, lines := range want {
		if slices.Equal(got[name], lines) {
			continue
		}
		i := 0
		for i < min(len(lines), len(got[name])) && got[name][i] == lines[i] {
			i++
		}
		t.Fatalf("%s: %d lines, not %d; line %d is %q, not %q", name, len(got[name]), len(lines), i, slices.Concat(got[name], []string{""})[i], slices.Concat(lines, []string{""})[i])
	}
	if len(got) != len(want) {
		t.Errorf("%d connections, not %d", len(got), len(want))
	}
}

// TestManySensors checks that what sensors publish at the same time is read as they reported it: by a
// reader that was there, by one that comes late, and by one that asks for one sensor.
func TestManySensors(t *testing.T) {
	n := startServer(t)
	var want []session
	for s := range 4 {
		for k := range 5 {
			want = append(want, sessionOf(fmt.Sprintf("front end %d.*>", s), k, 300))
		}
	}
	p := publish(t, n.url("sensor=first"), hub.PublishOptions{})
	if err := sessionOf("first", 0, 1).report(p, nil); err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	want = append(want, sessionOf("first", 0, 1))

	ctx, cancel := context.WithCancel(t.Context())
	var live capturetest.Facts
	closed := make(chan struct{}, len(want))
	var reader sync.WaitGroup
	reader.Go(func() {
		s := &hub.Source{Address: address(t, n.url("from=start"))}
		err := s.Run(ctx, sinkFunc(func(e *capture.Event) error {
			if e.Kind == capture.Closed {
				closed <- struct{}{}
			}
			return live.Event(e)
		}))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the reader ended with %v", err)
		}
	})
	var sensors sync.WaitGroup
	for s := range 4 {
		sensors.Go(func() {
			p := publish(t, n.url(fmt.Sprintf("sensor=front+end+%d.*%%3E", s)), hub.PublishOptions{Linger: 5 * time.Millisecond})
			var conns sync.WaitGroup
			for _, x := range want[5*s : 5*s+5] {
				conns.Go(func() {
					if err := x.report(p, nil); err != nil {
						t.Error(err)
					}
				})
			}
			conns.Wait()
			finish(t, p)
		})
	}
	sensors.Wait()
	for range want {
		select {
		case <-closed:
		case <-time.After(time.Minute):
			t.Fatal("the reader did not see the end of a connection")
		}
	}
	cancel()
	reader.Wait()
	compare(t, grouped(t, &live), reported(t, want...))
	compare(t, read(t, n.url("until=now")), reported(t, want...))
	compare(t, read(t, n.url("until=now&sensor=front+end+2.*%3E")), reported(t, want[10:15]...))
	compare(t, read(t, n.url("until=now&sensor=front+end+1.*%3E&sensor=front+end+2.*%3E&sensor=none")), reported(t, want[5:15]...))
}

type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }

// TestServerRestarts checks that nothing is lost, doubled or out of order while the server stops
// and starts again, for sensors and for a reader.
func TestServerRestarts(t *testing.T) {
	n := startServer(t)
	const transactions = 1500
	x := sessionOf("s", 0, transactions)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var live capturetest.Facts
	var reader sync.WaitGroup
	reader.Go(func() {
		s := &hub.Source{Address: address(t, n.url("from=start&sensor=s")), Notice: func(text string) { t.Log(text) }}
		err := s.Run(ctx, sinkFunc(func(e *capture.Event) error { // it ends with its context
			err := live.Event(e)
			if e.Kind == capture.Closed {
				cancel()
			}
			return err
		}))
		t.Logf("the reader ended with %v after %+v", err, s.Figures())
	})
	p := publish(t, n.url("sensor=s"), hub.PublishOptions{Linger: time.Millisecond})
	err := x.report(p, func(i int) {
		if i%500 == 250 {
			n.stop()
		}
		if i%500 == 400 {
			n.start()
		}
		time.Sleep(time.Millisecond)
	})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	reader.Wait()
	compare(t, read(t, n.url("until=now")), reported(t, x))
	compare(t, grouped(t, &live), reported(t, x))
}

// TestKeysAreNotPublished checks that keys of TLS sessions do not leave the sensor.
func TestKeysAreNotPublished(t *testing.T) {
	n := startServer(t)
	p := publish(t, n.url("sensor=s"), hub.PublishOptions{})
	x := sessionOf("s", 0, 10)
	err := x.report(p, func(int) {
		if err := p.Event(&capture.Event{Kind: capture.Secrets, Data: []byte("CLIENT_RANDOM 00 00\n")}); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	compare(t, read(t, n.url("until=now")), reported(t, x))
}

// TestServerComesLater checks that a sensor that may wait for the server begins without it.
func TestServerComesLater(t *testing.T) {
	n := startServer(t)
	n.stop()
	if _, err := hub.Publish(address(t, n.url("sensor=s")), hub.PublishOptions{}); err == nil {
		t.Fatal("there is no server, and no error")
	}
	p := publish(t, n.url("sensor=s"), hub.PublishOptions{Later: true})
	x := sessionOf("s", 0, 100)
	if err := x.report(p, nil); err != nil {
		t.Fatal(err)
	}
	n.start()
	finish(t, p)
	compare(t, read(t, n.url("until=now")), reported(t, x))
}

// TestReadersLeaveNothing checks that a reader that has ended is forgotten by the server.
func TestReadersLeaveNothing(t *testing.T) {
	n := startServer(t)
	p := publish(t, n.url("sensor=s"), hub.PublishOptions{})
	if err := sessionOf("s", 0, 10).report(p, nil); err != nil {
		t.Fatal(err)
	}
	finish(t, p)
	for range 5 {
		read(t, n.url("until=now"))
	}
	stats, err := hub.ReadStats(t.Context(), address(t, n.url("")))
	if err != nil || stats.Readers != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}
