package scrub

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// stream sends data to a Sink, and counts the offsets.
type stream struct {
	t    *testing.T
	sink capture.Sink
	off  map[capture.ConnID]*[2]int64
}

func newStream(t *testing.T, sink capture.Sink) *stream {
	return &stream{t, sink, make(map[capture.ConnID]*[2]int64)}
}

func (s *stream) open(id capture.ConnID) {
	s.t.Helper()
	if err := capturetest.To(s.sink).Open(capture.Conn{ID: id}); err != nil {
		s.t.Fatal(err)
	}
	s.off[id] = new([2]int64)
}

func (s *stream) send(id capture.ConnID, dir capture.Direction, data []byte) {
	s.t.Helper()
	off := &s.off[id][dir]
	if err := s.sink.Event(&capture.Event{Kind: capture.Data, Conn: id, Dir: dir, Off: *off, Time: began, Data: data}); err != nil {
		s.t.Fatal(err)
	}
	*off += int64(len(data))
}

// counter is a Sink that counts bytes, and looks for a word.
type counter struct {
	bytes int64
	word  string
	found int
}

func (c *counter) Event(e *capture.Event) error {
	c.bytes += int64(len(e.Data))
	c.found += bytes.Count(e.Data, []byte(c.word))
	return nil
}

// TestEndlessLine checks that the work for a line without end grows with its length only,
// counted in bytes allocated, and that none of its words passes.
func TestEndlessLine(t *testing.T) {
	const chunk = 1400
	for _, text := range []string{"zqword 12 ", "zqword"} { // many words, and one
		for _, mb := range []int{2, 4, 8} {
			out := &counter{word: "zqword"}
			s := New(out, testKey)
			s.limit = 1 << 20
			in := newStream(t, s)
			in.open(1)
			in.send(1, capture.ServerToClient, []byte("* OK hi\r\n* 1 FETCH (FLAGS (\\Seen "))
			data := bytes.Repeat([]byte(text), chunk/len(text))
			most := 0
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for n := 0; n < mb<<20; n += len(data) {
				in.send(1, capture.ServerToClient, data)
				most = max(most, s.held)
			}
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > uint64(s.limit)*250+uint64(mb<<20)*20 {
				t.Errorf("%d MB of %q: %d MB were allocated", mb, text, n>>20)
			}
			if most > s.limit {
				t.Errorf("%d bytes were held", most)
			}
			in.send(1, capture.ServerToClient, []byte("\r\n* OK zqword\r\n"))
			if out.bytes != in.off[1][1] || out.found > 0 {
				t.Errorf("%d MB of %q: %d bytes of %d passed, %d personal words", mb, text, out.bytes, in.off[1][1], out.found)
			}
		}
	}
}

// TestLiteralAfterEndlessLine checks that the announcement of a literal at the end of a
// line that is too long is kept: what follows is decoded as in the original.
func TestLiteralAfterEndlessLine(t *testing.T) {
	for cut := range 200 { // where in the line the limit is reached, too
		out := new(sides)
		s := New(out, testKey)
		s.limit = 4096 + cut*pieceCost/8
		in := newStream(t, s)
		in.open(1)
		tail := "zqlast {12}\r\nzq12 * OK ab)\r\n* 5 EXISTS\r\n"
		in.send(1, 1, []byte("* OK hi\r\n* 1 FETCH (X "))
		for range 1000 {
			in.send(1, 1, []byte("zqword "))
		}
		in.send(1, 1, []byte(tail[:min(cut, len(tail))]))
		in.send(1, 1, []byte(tail[min(cut, len(tail)):]))
		if got := out[1].String(); !strings.HasSuffix(got, "\r\n* 5 EXISTS\r\n") || !strings.Contains(got, " {12}\r\n") || strings.Contains(got, "zqlast") || strings.Contains(got, "zq12") {
			t.Fatalf("cut at %d: …%q", cut, got[max(0, len(got)-100):])
		}
	}
}

// TestOtherSideWaits checks that the work for messages of one side that wait for a line of
// the other grows with their number only, before and after the limit is reached.
func TestOtherSideWaits(t *testing.T) {
	for _, n := range []int{1000, 4000, 16_000} {
		s := New(new(counter), testKey)
		s.limit = 8000 * pieceCost
		in := newStream(t, s)
		in.open(1)
		in.send(1, capture.ClientToServer, []byte("A1 SELECT zqin"))
		for i := range n {
			in.send(1, capture.ServerToClient, fmt.Appendf(nil, "* %d EXISTS\r\n", i))
		}
		q := &s.conns[1].queue
		if n == 1000 && len(q[1].pieces) != n {
			t.Errorf("%d messages of %d wait", len(q[1].pieces), n)
		}
		if work := q[0].work + q[1].work; work > 8*n {
			t.Errorf("%d messages: %d pieces were looked at", n, work)
		}
	}
}

// TestHeldByAll checks the bound on what all connections together hold: those that hold
// most are blanked from then on, the others are not affected, and no personal word passes.
func TestHeldByAll(t *testing.T) {
	out := &counter{word: "zq"}
	s := New(out, testKey)
	s.most = 1 << 20
	in := newStream(t, s)
	in.open(1)
	in.send(1, capture.ClientToServer, []byte("A1 SELECT zq"))
	for id := capture.ConnID(2); id < 60; id++ {
		in.open(id)
		in.send(id, capture.ServerToClient, []byte("* OK "+strings.Repeat("zqword ", 5000)))
		if s.held > s.most {
			t.Fatalf("%d bytes are held", s.held)
		}
	}
	in.send(1, capture.ClientToServer, []byte("inbox\r\n"))
	for id := capture.ConnID(2); id < 60; id++ {
		in.send(id, capture.ServerToClient, []byte("zqend\r\n* 7 zqworse\r\n"))
	}
	total := int64(0)
	for id := range in.off {
		if err := s.Event(&capture.Event{Kind: capture.Closed, Conn: id, Time: began}); err != nil {
			t.Fatal(err)
		}
		total += in.off[id][0] + in.off[id][1]
	}
	r := s.Report()
	if out.bytes != total || out.found > 0 {
		t.Errorf("%d bytes of %d passed, %d personal words", out.bytes, total, out.found)
	}
	if r.GivenUp < 20 || r.GivenUp > 57 || r.Replaced[MailboxName] != 1 {
		t.Errorf("%+v", r)
	}
	if s.held != 0 {
		t.Errorf("%d bytes are still held", s.held)
	}
}
