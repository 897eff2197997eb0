package pcap

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/shared"
)

// calls writes down all that a Sink receives, data in pieces of maxSegment.
type calls struct{ list []string }

func (s *calls) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		c := e.Info
		s.add("%d open %s > %s at %d mid %t", c.ID, c.Client, c.Server, c.Start.UnixNano(), c.MidStream)
	case capture.Data:
		s.data(*e)
	case capture.Gap, capture.Again:
		s.add("%d %s at %d off %d %v %d", e.Conn, e.Dir, e.Time.UnixNano(), e.Off, e.Kind, e.N)
	case capture.HalfClosed:
		s.add("%d %s half-closed %v at %d", e.Conn, e.Dir, e.Cause, e.Time.UnixNano())
	case capture.Note:
		s.add("%d note %s", e.Conn, e.Text)
	case capture.Closed:
		at := ""
		if e.Cause == capture.FIN || e.Cause == capture.RST {
			at = fmt.Sprint(" at ", e.Time.UnixNano())
		}
		s.add("%d %v%s", e.Conn, e.Cause, at)
	}
	return nil
}

func (s *calls) data(e capture.Event) {
	for len(e.Data) > 0 {
		n := min(len(e.Data), maxSegment)
		sum := sha256.Sum256(e.Data[:n])
		s.add("%d %s at %d off %d: %d bytes %s", e.Conn, e.Dir, e.Time.UnixNano(), e.Off, n, hex.EncodeToString(sum[:4]))
		e.Off, e.Data = e.Off+int64(n), e.Data[n:]
	}
}

func (s *calls) add(format string, a ...any) { s.list = append(s.list, fmt.Sprintf(format, a...)) }

// again reads a recording.
func again(t errorer, o Options, files ...io.Reader) []string {
	s := &calls{}
	a := NewAssembler(o, s)
	for i, f := range files {
		r, err := NewReader(f, fmt.Sprint("recording ", i+1))
		if err != nil {
			t.Errorf("%v", err)
			return nil
		}
		var p Packet
		for {
			if err = r.Next(&p); err != nil {
				break
			}
			if skip, err := a.packet(&p); skip != NotSkipped || err != nil {
				t.Errorf("packet %d: %v %v", p.Number, skip, err)
			}
		}
		if err != io.EOF {
			t.Errorf("%v", err)
		}
	}
	if err := a.Flush(); err != nil {
		t.Errorf("%v", err)
	}
	return s.list
}

// labCaptures returns the captures of the lab.
func labCaptures(t testing.TB) []string {
	t.Helper()
	dir := shared.Captures(t, "lab")
	var list []string
	for _, ext := range []string{"*.pcap", "*.pcapng"} {
		found, err := filepath.Glob(filepath.Join(dir, ext))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, found...)
	}
	return list
}

// TestRecorderLab checks that a recording of a capture has what the capture has.
func TestRecorderLab(t *testing.T) {
	chunks := 0
	for _, name := range labCaptures(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := &calls{}
			var out bytes.Buffer
			r, err := NewRecorder(&out, RecorderOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if err := Files([]string{name}, Options{}).Run(context.Background(), capture.Tee{want, r}); err != nil {
				t.Fatal(err)
			}
			if err := r.Finish(time.Time{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.list, again(t, Options{everything: true}, &out)); diff != "" {
				t.Errorf("the recording differs (-capture +recording):\n%s", diff)
			}
			chunks += len(want.list)
		})
	}
	if chunks < 500 {
		t.Errorf("only %d calls were compared", chunks)
	}
}

// TestRecorderProperty: any conversation comes back as it was, over the wrap of the
// sequence numbers, IPv4 and IPv6, lost bytes included.
func TestRecorderProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &calls{}
		var out bytes.Buffer
		r, err := NewRecorder(&out, RecorderOptions{})
		if err != nil {
			t.Fatal(err)
		}
		base := rapid.Uint32().Draw(t, "isn")
		if rapid.Bool().Draw(t, "wraps") {
			base = -base % 40000
		}
		r.isn = func(id capture.ConnID, d capture.Direction) uint32 { return base + uint32(id)*3 + uint32(d)*7 }
		sink := capturetest.To(capture.Tee{want, r})
		now := time.Unix(700_000_000, 0)
		tick := func() time.Time {
			now = now.Add(time.Duration(rapid.Int64Range(1, 50_000_000).Draw(t, "later")))
			return now
		}
		conns := rapid.IntRange(1, 3).Draw(t, "connections")
		var off [4][2]int64
		for id := 1; id <= conns; id++ {
			client, server := "192.0.2.1", "192.0.2.2"
			if rapid.Bool().Draw(t, "v6") {
				client, server = "2001:db8::1", "2001:db8::2"
			}
			sink.Open(capture.Conn{
				ID: capture.ConnID(id), Start: tick(), MidStream: rapid.Bool().Draw(t, "mid"),
				Client: netip.AddrPortFrom(netip.MustParseAddr(client), uint16(40000+id)),
				Server: netip.AddrPortFrom(netip.MustParseAddr(server), rapid.SampledFrom([]uint16{143, 993, 18250, 80}).Draw(t, "server port")),
			})
		}
		text := strings.Repeat("0123456789abcdef", 4096)
		for range rapid.IntRange(0, 30).Draw(t, "chunks") {
			id := rapid.IntRange(1, conns).Draw(t, "connection")
			dir, at := capture.Direction(rapid.IntRange(0, 1).Draw(t, "dir")), tick()
			var lost int64
			from := rapid.IntRange(0, 15).Draw(t, "from")
			data := []byte(text[from : from+rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(1, 65000)).Draw(t, "bytes")])
			if rapid.IntRange(0, 3).Draw(t, "loses") == 0 {
				lost = rapid.OneOf(rapid.Int64Range(1, 3), rapid.Int64Range(1, maxGap)).Draw(t, "lost")
				if lost > 1 && rapid.Bool().Draw(t, "only") {
					data = nil
				}
			}
			p := &off[id][dir]
			if *p == 0 && lost == 1 {
				lost = 0 // without SYN, a reader takes it for a keep-alive
			}
			if lost > 0 {
				sink.Gap(capture.ConnID(id), dir, at, *p, lost)
			}
			*p += lost
			if len(data) > 0 {
				sink.Data(capture.ConnID(id), dir, at, *p, data)
			}
			*p += int64(len(data))
		}
		for id := 1; id <= conns; id++ {
			cause := rapid.SampledFrom([]capture.Cause{capture.FIN, capture.RST}).Draw(t, "cause")
			if id == conns {
				cause = capture.EndOfCapture
			}
			at := tick()
			first := capture.Direction(rapid.IntRange(0, 1).Draw(t, "first"))
			switch cause {
			case capture.FIN:
				sink.HalfClose(capture.ConnID(id), first, at, cause)
				at = tick()
				sink.HalfClose(capture.ConnID(id), first.Reverse(), at, cause)
			case capture.RST:
				sink.HalfClose(capture.ConnID(id), first, at, cause)
			}
			sink.Close(capture.ConnID(id), at, cause)
		}
		if err := r.Finish(now); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.list, again(t, Options{}, &out)); diff != "" {
			t.Fatalf("the recording differs (-told +recording):\n%s", diff)
		}
	})
}

// script reports a short conversation to a Sink.
type script struct {
	t    testing.TB
	sink capture.Sink
	id   capture.ConnID
	off  [2]int64
	now  time.Time
}

func newScript(t testing.TB, s capture.Sink, id capture.ConnID) *script {
	x := &script{t: t, sink: s, id: id, now: time.Unix(600_000_000, 123_456_789)}
	x.ok(capturetest.To(s).Open(capture.Conn{ID: id, Client: netip.AddrPortFrom(client4.Addr(), uint16(30000+id)), Server: server4, Start: x.now}))
	return x
}

func (x *script) ok(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Error(err)
	}
}

func (x *script) say(dir capture.Direction, lost int64, data string) *script {
	x.t.Helper()
	x.now = x.now.Add(time.Millisecond)
	d := capturetest.To(x.sink)
	if lost > 0 {
		x.ok(d.Gap(x.id, dir, x.now, x.off[dir], lost))
	}
	x.off[dir] += lost
	if data != "" {
		x.ok(d.Data(x.id, dir, x.now, x.off[dir], []byte(data)))
	}
	x.off[dir] += int64(len(data))
	return x
}

func (x *script) end(cause capture.Cause) {
	x.t.Helper()
	x.now = x.now.Add(time.Millisecond)
	d := capturetest.To(x.sink)
	switch cause {
	case capture.FIN:
		x.ok(d.HalfClose(x.id, capture.ClientToServer, x.now, cause))
		x.ok(d.HalfClose(x.id, capture.ServerToClient, x.now, cause))
	case capture.RST:
		x.ok(d.HalfClose(x.id, capture.ClientToServer, x.now, cause))
	}
	x.ok(d.Close(x.id, x.now, cause))
}

// short returns a conversation of five lines.
func short(x *script) *script {
	return x.say(capture.ServerToClient, 0, "* OK ready\r\n").
		say(capture.ClientToServer, 0, "a NOOP\r\n").
		say(capture.ServerToClient, 0, "a OK done\r\n").
		say(capture.ClientToServer, 0, "b LOGOUT\r\n").
		say(capture.ServerToClient, 0, "* BYE\r\nb OK\r\n")
}

// TestRecorderGreatLoss checks losses beyond what a sequence number can leap, and streams
// beyond 4 GiB.
func TestRecorderGreatLoss(t *testing.T) {
	for _, lost := range []int64{maxGap, maxGap + 1, 16 << 20, 100 << 20, 5 << 30} {
		var out bytes.Buffer
		r, _ := NewRecorder(&out, RecorderOptions{})
		x := short(newScript(t, r, 1))
		x.say(capture.ServerToClient, lost, "c OK\r\n").say(capture.ClientToServer, 0, "d NOOP\r\n").end(capture.FIN)
		got := newRecorder(t)
		if err := Stream(&out, "recording", Options{}).Run(context.Background(), got); err != nil {
			t.Fatal(err)
		}
		if got.lost[1][capture.ServerToClient] != lost || got.off[1][capture.ServerToClient] != x.off[1] {
			t.Errorf("lost %d, want %d; %d bytes, want %d", got.lost[1][1], lost, got.off[1][1], x.off[1])
		}
		if n := len(got.log); got.log[n-1] != "close fin" || got.log[n-2] != "C d NOOP\r\n" || !strings.HasSuffix(got.log[n-3], "c OK\r\n") {
			t.Errorf("%q", got.log[n-3:])
		}
	}
}

// TestRecorderLossAtEnd checks a loss that one byte at the very end may look like a FIN.
func TestRecorderLossAtEnd(t *testing.T) {
	for _, cause := range []capture.Cause{capture.FIN, capture.RST, capture.EndOfCapture} {
		for _, lost := range []int64{1, 2, 1000} {
			for dir := range capture.Direction(2) {
				var out bytes.Buffer
				r, _ := NewRecorder(&out, RecorderOptions{})
				short(newScript(t, r, 1)).say(dir, lost, "").end(cause)
				got := newRecorder(t)
				if err := Stream(&out, "recording", Options{}).Run(context.Background(), got); err != nil {
					t.Fatal(err)
				}
				if got.lost[1][dir] != lost || got.closed[1] != cause {
					t.Errorf("%s lost %d, %v: %d, %v", dir, lost, cause, got.lost[1][dir], got.closed[1])
				}
			}
		}
	}
}

// TestRecorderAddresses checks both families, mixed and mapped addresses, and none.
func TestRecorderAddresses(t *testing.T) {
	for _, c := range [][4]string{
		{"192.0.2.1:1", "192.0.2.2:143", "192.0.2.1:1", "192.0.2.2:143"},
		{"[::ffff:192.0.2.1]:1", "192.0.2.2:143", "192.0.2.1:1", "192.0.2.2:143"},
		{"192.0.2.1:1", "[2001:db8::2]:143", "[::ffff:192.0.2.1]:1", "[2001:db8::2]:143"},
		{"[fe80::1%eth0]:1", "[fe80::2%eth0]:143", "[fe80::1]:1", "[fe80::2]:143"},
		{"", "192.0.2.2:143", "0.0.0.0:0", "192.0.2.2:143"},
		{"127.0.0.1:143", "127.0.0.1:143", "127.0.0.1:144", "127.0.0.1:143"},
	} {
		var out bytes.Buffer
		r, _ := NewRecorder(&out, RecorderOptions{})
		client, _ := netip.ParseAddrPort(c[0])
		capturetest.To(r).Open(capture.Conn{ID: 1, Client: client, Server: netip.MustParseAddrPort(c[1]), Start: time.Unix(1, 0)})
		capturetest.To(r).Close(1, time.Unix(2, 0), capture.RST)
		got := newRecorder(t)
		if err := Stream(&out, "recording", Options{}).Run(context.Background(), got); err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("open %s>%s", c[2], c[3]); got.log[0] != want {
			t.Errorf("%q, want %q", got.log[0], want)
		}
	}
}

// TestRecorderSamePath: a connection that begins in the middle, where one was.
func TestRecorderSamePath(t *testing.T) {
	var out bytes.Buffer
	r, _ := NewRecorder(&out, RecorderOptions{})
	for id, cause := range map[capture.ConnID]capture.Cause{1: capture.Idle} {
		c := capture.Conn{ID: id, Client: client4, Server: server4, Start: time.Unix(1, 0)}
		capturetest.To(r).Open(c)
		capturetest.To(r).Data(id, 1, time.Unix(1, 0), 0, []byte("* OK\r\n"))
		capturetest.To(r).Close(id, time.Unix(2, 0), cause)
		c.ID, c.MidStream = 2, true
		capturetest.To(r).Open(c)
		capturetest.To(r).Data(2, 0, time.Unix(3, 0), 0, []byte("a NOOP\r\n"))
		capturetest.To(r).Close(2, time.Unix(4, 0), capture.FIN)
	}
	got := newRecorder(t)
	if err := Stream(&out, "recording", Options{}).Run(context.Background(), got); err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(got.log[1:], "|"); s != "S * OK\r\n|close end|open 192.0.2.1:40000>192.0.2.2:143|C a NOOP\r\n|close fin" {
		t.Errorf("%q", s)
	}
}

// TestRecorderNotes: remarks are comments of the next packet, or of one of their own.
func TestRecorderNotes(t *testing.T) {
	var out bytes.Buffer
	r, _ := NewRecorder(&out, RecorderOptions{})
	x := newScript(t, r, 1)
	x.ok(capturetest.To(r).Note(1, x.now, "upstream 192.0.2.9:143"))
	x.ok(capturetest.To(r).Note(1, x.now, "TLS 1.3 \xff\x00"))
	x.say(capture.ServerToClient, 0, "* OK\r\n")
	x.ok(capturetest.To(r).Note(1, x.now, "the end came"))
	x.ok(capturetest.To(r).Note(7, x.now, "of no connection"))
	x.end(capture.EndOfCapture)
	long := newScript(t, r, 2)
	long.ok(capturetest.To(r).Note(2, x.now, strings.Repeat("é", 100_000)))
	long.end(capture.FIN)
	open := newScript(t, r, 3)
	open.ok(capturetest.To(r).Note(3, x.now, "still open"))
	if err := r.Finish(x.now); err != nil {
		t.Fatal(err)
	}
	ps, err := read(&out, "recording")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range ps {
		if p.Comment != "" {
			got = append(got, fmt.Sprint(p.Number, " ", p.Comment[:min(len(p.Comment), 40)]))
		}
	}
	want := []string{
		"4 upstream 192.0.2.9:143\nTLS 1.3 \uFFFD\uFFFD",
		"6 the end came",
		"10 " + strings.Repeat("é", 20), "11 " + strings.Repeat("é", 20), "12 " + strings.Repeat("é", 20), "13 " + strings.Repeat("é", 20),
		"20 still open",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRecorderConcurrent: many connections at once.
func TestRecorderConcurrent(t *testing.T) {
	var out bytes.Buffer
	r, _ := NewRecorder(&out, RecorderOptions{})
	var all sync.WaitGroup
	for id := range capture.ConnID(50) {
		all.Go(func() {
			x := newScript(t, r, id+1)
			for range 20 {
				short(x)
				x.ok(capturetest.To(r).Note(id+1, x.now, "round"))
			}
			x.end(capture.FIN)
		})
	}
	all.Wait()
	if err := r.Finish(time.Now()); err != nil {
		t.Fatal(err)
	}
	got := again(t, Options{}, &out)
	if want := 50 * (20*6 + 4); len(got) != want {
		t.Errorf("%d calls, want %d", len(got), want)
	}
}
