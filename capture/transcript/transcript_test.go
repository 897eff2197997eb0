package transcript_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/transcript"
)

// read reads a transcript.
func read(text string) (*capturetest.Facts, error) {
	facts := new(capturetest.Facts)
	var id capture.ConnID
	r := transcript.NewReader(facts, "x", func() capture.ConnID { id++; return id })
	for line := range strings.SplitSeq(text, "\n") {
		if err := r.Line([]byte(line), 0); err != nil {
			return nil, err
		}
	}
	return facts, r.End()
}

var start = time.Date(2026, 11, 29, 17, 0, 0, 123456000, time.UTC)

// TestFormOfATranscript: what a transcript looks like.
func TestFormOfATranscript(t *testing.T) {
	var out bytes.Buffer
	w := transcript.NewWriter(&out, transcript.Options{Plain: unicode.IsPrint, Comments: []string{"by hand"}})
	d := capturetest.To(w)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	const client, server = capture.ClientToServer, capture.ServerToClient
	conn := capture.Conn{ID: 1, Client: netip.MustParseAddrPort("192.0.2.7:50000"), Server: netip.MustParseAddrPort("[2001:db8::1]:143"), Start: start}
	for _, err := range []error{
		d.Open(conn),
		d.Secrets([]byte("CLIENT_RANDOM 00 00\n")),
		d.Data(1, server, at(1), 0, []byte("* OK réady\r\n* 1 EX")),
		d.Data(1, server, at(3), 19, []byte("ISTS\r\n")),
		d.Data(1, client, at(4), 0, []byte("a1 APPEND \\x41 {3}\r\n")),
		d.Data(1, client, at(5), 20, []byte("\x1b[\n \r\na2")),
		d.Note(1, at(6), "a\nb"),
		d.Gap(1, client, at(7), 28, 12),
		d.Again(1, server, at(8), 3, 5),
		d.HalfClose(1, client, at(9), capture.FIN),
		d.Close(1, at(10), capture.EndOfCapture),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	want := `# imapscope transcript 1
# by hand
2026-11-29T17:00:00.123456Z # connection 1: 192.0.2.7:50000 > [2001:db8::1]:143
2026-11-29T17:00:00.124456Z S: * OK réady
2026-11-29T17:00:00.124456Z +0.002 S: * 1 EXISTS
2026-11-29T17:00:00.127456Z C: a1 APPEND \x5cx41 {3}
2026-11-29T17:00:00.128456Z C\ \x1b[
2026-11-29T17:00:00.128456Z C: \x20
2026-11-29T17:00:00.128456Z C| a2
2026-11-29T17:00:00.129456Z # note: a\x0ab
2026-11-29T17:00:00.130456Z C! 12
2026-11-29T17:00:00.131456Z S^ 5 3
2026-11-29T17:00:00.132456Z # the client closed
2026-11-29T17:00:00.133456Z # end: the capture ended
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// plainFacts are facts as text, without the origin, and with the bytes of each run of one
// direction together.
func plainFacts(facts *capturetest.Facts, id capture.ConnID) string {
	var b strings.Builder
	var run []byte
	var from capture.Direction
	end := func() {
		if len(run) > 0 {
			fmt.Fprintf(&b, "%s %q\n", from, run)
		}
		run = nil
	}
	for i := range facts.Events {
		e := &facts.Events[i]
		if e.Conn != id {
			continue
		}
		if e.Kind == capture.Data {
			if e.Dir != from {
				end()
			}
			from, run = e.Dir, append(run, e.Data...)
			continue
		}
		end()
		c := *e
		if c.Info != nil {
			info := *c.Info
			info.Origin = ""
			c.Info = &info
		}
		b.WriteString(capturetest.Line(&c) + "\n")
	}
	return b.String()
}

// TestRoundTrip: any facts are read back as they were written.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var out bytes.Buffer
		w := transcript.NewWriter(&out, transcript.Options{Plain: unicode.IsPrint})
		said := new(capturetest.Facts)
		d := capturetest.To(capture.Tee{w, said})
		now := start
		var off [3][2]int64
		for id := capture.ConnID(1); id <= 2; id++ {
			d.Open(capture.Conn{ID: id, Client: netip.MustParseAddrPort("192.0.2.7:5000"), Server: netip.MustParseAddrPort("192.0.2.8:143"), Start: now, MidStream: rapid.Bool().Draw(t, "mid")})
		}
		for range rapid.IntRange(0, 30).Draw(t, "facts") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2e9).Draw(t, "ns")))
			id := capture.ConnID(rapid.IntRange(1, 2).Draw(t, "conn"))
			dir := capture.Direction(rapid.IntRange(0, 1).Draw(t, "dir"))
			at := &off[id][dir]
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				n := rapid.Int64Range(1, 1<<33).Draw(t, "lost")
				d.Gap(id, dir, now, *at, n)
				*at += n
			case 1:
				d.Note(id, now, rapid.String().Draw(t, "note"))
			case 2:
				d.Again(id, dir, now, rapid.Int64Range(-5, *at).Draw(t, "from"), rapid.Int64Range(1, 99).Draw(t, "again"))
			case 3:
				d.HalfClose(id, dir, now, rapid.SampledFrom([]capture.Cause{capture.FIN, capture.RST}).Draw(t, "how"))
			default:
				text := rapid.OneOf(
					rapid.SliceOfN(rapid.Byte(), 1, 20),
					rapid.SliceOfN(rapid.SampledFrom([]byte("\r\n\\x4 #aé")), 1, 12),
				).Draw(t, "text")
				d.Data(id, dir, now, *at, text)
				*at += int64(len(text))
			}
		}
		for id := capture.ConnID(1); id <= 2; id++ {
			d.Close(id, now, rapid.SampledFrom([]capture.Cause{capture.FIN, capture.RST, capture.EndOfCapture, capture.Idle}).Draw(t, "end"))
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		got, err := read(out.String())
		if err != nil {
			t.Fatal(err)
		}
		for id := capture.ConnID(1); id <= 2; id++ {
			if want, got := plainFacts(said, id), plainFacts(got, id); got != want {
				t.Fatalf("transcript\n%s\ngot\n%s\nwant\n%s", &out, got, want)
			}
		}
	})
}

// TestLongLine: a line that is longer than what is held is written in parts.
func TestLongLine(t *testing.T) {
	var out bytes.Buffer
	w := transcript.NewWriter(&out, transcript.Options{})
	long := bytes.Repeat([]byte("x"), 3*transcript.MaxPending+5)
	d := capturetest.To(w)
	d.Open(capture.Conn{ID: 1, Start: start})
	d.Data(1, capture.ServerToClient, start, 0, append(long, "\r\n"...))
	d.Close(1, start, capture.FIN)
	w.Flush()
	got, err := read(out.String())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "S|"); n != 3 {
		t.Errorf("%d parts", n)
	}
	if !strings.Contains(plainFacts(got, 1), string(long)+`\r\n`) {
		t.Error("other bytes")
	}
}

// TestByHand: what a person writes needs no times, no addresses and no ends.
func TestByHand(t *testing.T) {
	got, err := read(transcript.Head + "\nS: * OK ready\r\nC: a1 NOOP\n# a comment\nsomething else\nC? x\nC! -5\nS: a1 OK\n# connection 9\n")
	if err != nil {
		t.Fatal(err)
	}
	want := "server \"* OK ready\\r\\n\"\nclient \"a1 NOOP\\r\\n\"\nserver \"a1 OK\\r\\n\"\n"
	if text := plainFacts(got, 1); !strings.Contains(text, want) || !strings.Contains(text, "192.0.2.1:49152") || len(got.Events) != 5 {
		t.Errorf("got\n%s", text)
	}
}

// TestManyOpen: the connections that are open at once are bounded.
func TestManyOpen(t *testing.T) {
	var b strings.Builder
	for i := range transcript.MaxOpen + 10 {
		fmt.Fprintf(&b, "2026-11-29T17:00:00Z # connection %d: a > b\n", i)
	}
	got, err := read(b.String())
	if err != nil {
		t.Fatal(err)
	}
	forgotten := 0
	for _, e := range got.Events {
		if e.Kind == capture.Closed && e.Cause == capture.Idle {
			forgotten++
		}
	}
	if forgotten != 10 {
		t.Errorf("%d were forgotten", forgotten)
	}
}

// FuzzReader: any text gives facts that keep the rules of package capture, and writing them and
// reading them again changes nothing.
func FuzzReader(f *testing.F) {
	f.Add(transcript.Head + "\n2026-11-29T17:00:00Z # connection 1: 192.0.2.7:1 > 192.0.2.8:143\n2026-11-29T17:00:00.5Z +1.5 S: * OK \\x41\nC| a\nC\\ b\nC! 7\nS^ 1 0\n- # the server reset\n- # end: closed\n")
	f.Fuzz(func(t *testing.T, text string) {
		facts, err := read(text)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w := transcript.NewWriter(&out, transcript.Options{})
		open := make(map[capture.ConnID]*[2]int64)
		for i := range facts.Events {
			e := &facts.Events[i]
			if (e.Kind == capture.Opened) == (open[e.Conn] != nil) {
				t.Fatalf("%s: not open, or twice", capturetest.Line(e))
			}
			switch e.Kind {
			case capture.Opened:
				open[e.Conn] = new([2]int64)
			case capture.Closed:
				delete(open, e.Conn)
			case capture.Data, capture.Gap:
				n := int64(len(e.Data)) + e.N
				if at := &open[e.Conn][e.Dir]; e.Off != *at || n <= 0 {
					t.Fatalf("%s at %d", capturetest.Line(e), *at)
				} else {
					*at += n
				}
			}
			if err := w.Event(e); err != nil {
				t.Fatal(err)
			}
		}
		if len(open) > 0 {
			t.Fatal("connections without an end")
		}
		w.Flush()
		again, err := read(out.String())
		if err != nil {
			t.Fatal(err)
		}
		for i := range facts.Events {
			if e := &facts.Events[i]; e.Kind == capture.Opened {
				if want, got := plainFacts(facts, e.Conn), plainFacts(again, e.Conn); got != want {
					t.Fatalf("transcript\n%s\ngot\n%s\nwant\n%s", &out, got, want)
				}
			}
		}
	})
}
