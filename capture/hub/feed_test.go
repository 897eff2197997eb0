package hub

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// message is a message of a stream.
type message struct {
	subject string
	payload []byte
}

// facts returns a connection's facts as a source reports them: n pieces of text.
func facts(c *capture.Conn, n int) []capture.Event {
	at := c.Start
	out := []capture.Event{{Kind: capture.Opened, Time: at, Info: c}}
	var off [2]int64
	for i := range n {
		at = at.Add(time.Millisecond)
		e := capture.Event{Kind: capture.Data, Dir: capture.Direction(i % 2), Time: at, Off: off[i%2], Data: []byte(strings.Repeat("x", 1+i%7) + "\r\n")}
		if i%11 == 5 {
			e = capture.Event{Kind: capture.Gap, Dir: e.Dir, Time: at, Off: e.Off, N: 3}
		}
		off[i%2] += int64(len(e.Data)) + e.N
		out = append(out, e)
	}
	return append(out, capture.Event{Kind: capture.HalfClosed, Time: at, Cause: capture.FIN}, capture.Event{Kind: capture.Closed, Time: at, Cause: capture.FIN})
}

func conn(k int) capture.Conn {
	return capture.Conn{ID: capture.ConnID(k), Start: time.Unix(1_700_000_000, 0),
		Client: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(k)}), 1000), Server: netip.MustParseAddrPort("192.0.2.1:143")}
}

// messages divides a connection's facts into messages, at the places that cut returns.
func messages(t interface{ Fatal(...any) }, k, n int, cut func(left int) int) []message {
	c := conn(k)
	var out []message
	all := facts(&c, n)
	for seq := 0; seq < len(all); {
		m := min(max(cut(len(all)-seq), 1), len(all)-seq)
		out = append(out, message{Identity{"s", "r", c.ID}.Subject(), written(t, &c, uint64(seq), all[seq:seq+m]...)})
		seq += m
	}
	return out
}

func feedAll(t interface{ Fatal(...any) }, ms []message) ([]string, Figures) {
	var got capturetest.Facts
	f, err := newFeed(&got)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		if err := f.message(m.subject, m.payload, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
	return got.Lines(), f.figures
}

// TestOrderAndRepeatsDoNotMatter checks that any division into messages gives the same facts, and
// that messages that come twice or late change nothing.
func TestOrderAndRepeatsDoNotMatter(t *testing.T) {
	whole := messages(t, 1, 40, func(left int) int { return left })
	want, _ := feedAll(t, whole)
	if len(want) != 43 {
		t.Fatalf("%d lines", len(want))
	}
	rapid.Check(t, func(t *rapid.T) {
		ms := messages(t, 1, 40, func(int) int { return rapid.IntRange(1, 9).Draw(t, "facts") })
		var mixed []message
		mixed = append(mixed, ms[0]) // a first message that is late looks like a later start
		rest := slices.Clone(ms[1:])
		for len(rest) > 0 {
			i := rapid.IntRange(0, min(4, len(rest)-1)).Draw(t, "next")
			mixed = append(mixed, rest[i])
			if rapid.Bool().Draw(t, "twice") {
				mixed = append(mixed, ms[rapid.IntRange(0, len(ms)-1).Draw(t, "again")])
			}
			rest = slices.Delete(rest, i, i+1)
		}
		got, figures := feedAll(t, mixed)
		if !slices.Equal(got, want) {
			t.Fatalf("got\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if figures.Missing != 0 || figures.Wrong != 0 {
			t.Fatalf("%+v", figures)
		}
	})
}

// TestMissingMessagesAreGaps checks that bytes in messages that never come are reported as a loss.
func TestMissingMessagesAreGaps(t *testing.T) {
	ms := messages(t, 1, 40, func(int) int { return 4 })
	got, figures := feedAll(t, slices.Delete(slices.Clone(ms), 3, 5))
	var gaps []string
	for _, l := range got {
		if strings.Contains(l, " gap ") {
			gaps = append(gaps, l)
		}
	}
	// Facts 12 to 19 are missing: four of each side. Of the others, three are losses of their own.
	if figures.Missing != 8 || len(gaps) != 5 {
		t.Errorf("%+v, gaps %q", figures, gaps)
	}
	if last := got[len(got)-1]; !strings.Contains(last, "closed") {
		t.Errorf("it ends with %s", last)
	}
}

// TestLateReaderBeginsInTheMiddle checks what a reader reports that has not read a connection's
// beginning.
func TestLateReaderBeginsInTheMiddle(t *testing.T) {
	ms := messages(t, 1, 40, func(int) int { return 4 })
	got, figures := feedAll(t, ms[4:])
	if !strings.Contains(got[0], "opened 10.0.0.1:1000 > 192.0.2.1:143 mid=true") || figures.Missing != 0 {
		t.Errorf("%s, %+v", got[0], figures)
	}
	for i, l := range got[1:3] {
		if !strings.Contains(l, " 0 ") && !strings.Contains(l, "@0") {
			t.Errorf("line %d does not begin at 0: %s", i+1, l)
		}
	}
}

// TestHostileMessages checks that a sensor that says what no source would harms no one else.
func TestHostileMessages(t *testing.T) {
	c := conn(1)
	good := messages(t, 2, 10, func(int) int { return 3 })
	want, _ := feedAll(t, good)
	subject := Identity{"evil", "r", 1}.Subject()
	evil := []message{
		{"imapscope", nil}, {"imapscope.x.y", []byte("x")}, {subject, nil}, {subject, []byte{version, 0}}, {subject, []byte{9, 0, 1}},
		{subject, []byte{version, flagZstd, 0x28, 0xb5, 0x2f, 0xfd}},
		{subject, make([]byte, MaxMessage+1)},
		{subject, written(t, &c, 0, capture.Event{Kind: capture.Data, Off: 1 << 60, Data: []byte("far")})},
		{subject, written(t, &c, 1, capture.Event{Kind: capture.Data, Off: 0, Data: []byte("back")}, capture.Event{Kind: capture.Opened}, capture.Event{Kind: capture.Opened})},
		{subject, written(t, &c, 4, capture.Event{Kind: capture.Gap, Off: 1<<60 + 3, N: 1 << 60}, capture.Event{Kind: capture.Gap, Off: 1<<60 + 3, N: 1 << 60})},
		{subject, written(t, &c, 1<<62, capture.Event{Kind: capture.Closed, Cause: capture.FIN})},
		{subject, written(t, &c, 6, capture.Event{Kind: capture.Closed, Cause: capture.FIN}, capture.Event{Kind: capture.Data, Data: []byte("after")})},
		{subject, written(t, &c, 0, capture.Event{Kind: capture.Opened})},
	}
	var all []message
	for i, m := range evil {
		all = append(all, m)
		if i < len(good) {
			all = append(all, good[i])
		}
	}
	got, figures := feedAll(t, all)
	var number string // of the good sensor's connection
	var others []string
	for _, l := range got {
		n, rest, _ := strings.Cut(l, " ")
		if strings.Contains(rest, "10.0.0.2") {
			number = n
		}
		if n == number {
			others = append(others, rest)
		}
	}
	for i := range want {
		_, want[i], _ = strings.Cut(want[i], " ")
	}
	if !slices.Equal(others, want) {
		t.Errorf("got\n%s\nnot\n%s", strings.Join(others, "\n"), strings.Join(want, "\n"))
	}
	if figures.Wrong == 0 {
		t.Error("nothing was found wrong")
	}
}

// TestReaderMemoryIsBounded checks that what a reader remembers of connections, and of messages
// that came too early, has a bound.
func TestReaderMemoryIsBounded(t *testing.T) {
	opened, idle := 0, 0
	f, err := newFeed(countSink(func(e *capture.Event) {
		switch {
		case e.Kind == capture.Opened:
			opened++
		case e.Cause == capture.Idle:
			idle++
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	c := conn(1)
	first := written(t, &c, 0, capture.Event{Kind: capture.Opened, Time: c.Start})
	const many = maxOpen + 1000
	for i := range many {
		if err := f.message(Identity{"evil", "r", capture.ConnID(i + 1)}.Subject(), first, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if opened != many || idle != many-maxOpen || len(f.conns) != maxOpen {
		t.Errorf("%d opened, %d ended, %d kept", opened, idle, len(f.conns))
	}
	noise := make([]byte, bodyFull)
	rand.NewChaCha8([32]byte{}).Read(noise)
	subject := Identity{"evil", "r", many}.Subject()
	for i := range 2 * maxEarly / bodyFull {
		m := written(t, &c, uint64(2*i+2), capture.Event{Kind: capture.Data, Off: int64(2 * i * bodyFull), Data: noise})
		if err := f.message(subject, m, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		if f.early > maxEarly {
			t.Fatalf("%d bytes are kept", f.early)
		}
	}
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
}

type countSink func(*capture.Event)

func (c countSink) Event(e *capture.Event) error {
	c(e)
	return nil
}
