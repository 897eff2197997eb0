package replay

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
	"imapscope/decode/script"
	"imapscope/samples/server"
)

// recording returns the recording of a faultless sample server answering some commands.
// Each command is a line, with "N: " before it for a session other than the first; a
// literal is written as {n}text, and sent after "+".
func recording(t testing.TB, commands ...string) *script.Script {
	t.Helper()
	s, err := server.New(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return recordOf(t, s.NewSession, commands...)
}

func recordOf(t testing.TB, session func() *server.Session, commands ...string) *script.Script {
	t.Helper()
	k := script.NewCollector(script.Options{})
	to := capturetest.To(k)
	now := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	sessions := make(map[capture.ConnID]*server.Session)
	pos := make(map[capture.ConnID]*[2]int64)
	say := func(id capture.ConnID, dir capture.Direction, b []byte) {
		now = now.Add(time.Millisecond)
		if len(b) == 0 {
			return
		}
		if err := k.Event(&capture.Event{Kind: capture.Data, Conn: id, Dir: dir, Time: now, Off: pos[id][dir], Data: b}); err != nil {
			t.Fatal(err)
		}
		pos[id][dir] += int64(len(b))
	}
	ended := make(map[capture.ConnID]bool)
	for i, c := range commands {
		id := capture.ConnID(1)
		if n, rest, ok := strings.Cut(c, ": "); ok && len(n) == 1 {
			id, c = capture.ConnID(n[0]-'0'), rest
		}
		x := sessions[id]
		if x == nil {
			x = session()
			sessions[id], pos[id] = x, new([2]int64)
			if err := to.Open(capture.Conn{ID: id, Client: netip.MustParseAddrPort("127.0.0.1:40000"), Server: netip.MustParseAddrPort("127.0.0.1:143"), Start: now, Origin: "test"}); err != nil {
				t.Fatal(err)
			}
			say(id, capture.ServerToClient, x.Greeting())
		}
		text := fmt.Sprintf("A%02d %s\r\n", i+1, c)
		if at := strings.IndexByte(text, '}'); at >= 0 {
			head := text[:at+1] + "\r\n"
			say(id, capture.ClientToServer, []byte(head))
			answer, _ := x.Write([]byte(head))
			say(id, capture.ServerToClient, answer)
			if text = text[at+1:]; !strings.HasPrefix(string(answer), "+") {
				continue // refused
			}
		}
		say(id, capture.ClientToServer, []byte(text))
		answer, more := x.Write([]byte(text))
		say(id, capture.ServerToClient, answer)
		if !more {
			to.HalfClose(id, capture.ServerToClient, now, capture.FIN)
			to.Close(id, now, capture.FIN)
			ended[id] = true
		}
	}
	for id := range sessions {
		if !ended[id] {
			to.Close(id, now, capture.EndOfCapture)
		}
	}
	return k.Script()
}

// serveSample runs a sample server, and returns a function that dials it.
func serveSample(t testing.TB, o server.Options) func(context.Context) (net.Conn, []byte, error) {
	t.Helper()
	s, err := server.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return listen(t, func(ctx context.Context, l net.Listener) { s.Serve(ctx, l) })
}

// listen runs a server until the test ends, and returns a function that dials it.
func listen(t testing.TB, serve func(context.Context, net.Listener)) func(context.Context) (net.Conn, []byte, error) {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(ctx, l)
	}()
	t.Cleanup(func() {
		cancel()
		l.Close()
		<-done
	})
	return func(ctx context.Context) (net.Conn, []byte, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		return c, nil, err
	}
}
