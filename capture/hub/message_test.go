package hub

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// written returns the message with facts.
func written(t interface{ Fatal(...any) }, c *capture.Conn, seq uint64, facts ...capture.Event) []byte {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	var w body
	w.begin(c, seq)
	for i := range facts {
		w.add(&facts[i])
	}
	return p.pack(w.b)
}

// readBack returns what a message holds.
func readBack(t interface{ Fatal(...any) }, message []byte) (seq uint64, c capture.Conn, facts []capture.Event, err error) {
	u, err := newUnpacker()
	if err != nil {
		t.Fatal(err)
	}
	defer u.close()
	b, err := u.unpack(message)
	if err != nil {
		return 0, c, nil, err
	}
	var p parser
	if seq, c, err = p.read(b); err != nil {
		return 0, c, nil, err
	}
	for p.more() {
		var e capture.Event
		if err := p.fact(&e); err != nil {
			return 0, c, nil, err
		}
		facts = append(facts, capturetest.Clone(&e))
	}
	return seq, c, facts, nil
}

func drawTime(t *rapid.T, label string) time.Time {
	return rapid.SampledFrom([]time.Time{{}, time.Unix(0, 0), time.Unix(1_700_000_000, 999_999_999), time.Unix(-5, 1)}).Draw(t, label).
		Add(time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, label+" more")))
}

func drawFact(t *rapid.T) capture.Event {
	dir := capture.Direction(rapid.IntRange(0, 1).Draw(t, "dir"))
	e := capture.Event{Kind: capture.Kind(rapid.IntRange(1, 7).Draw(t, "kind")), Time: drawTime(t, "time")}
	switch e.Kind {
	case capture.Data:
		e.Dir, e.Off, e.Data = dir, rapid.Int64Range(0, 1<<60).Draw(t, "off"), rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "data")
	case capture.Gap:
		e.Dir, e.Off, e.N = dir, rapid.Int64Range(0, 1<<60).Draw(t, "off"), rapid.Int64Range(1, 1<<60).Draw(t, "n")
	case capture.Again:
		e.Dir, e.Off, e.N = dir, rapid.Int64Range(-1<<60, 1<<60).Draw(t, "off"), rapid.Int64Range(0, 1<<60).Draw(t, "n")
	case capture.HalfClosed:
		e.Dir, e.Cause = dir, capture.Cause(rapid.IntRange(1, 4).Draw(t, "cause"))
	case capture.Closed:
		e.Cause = capture.Cause(rapid.IntRange(1, 4).Draw(t, "cause"))
	case capture.Note:
		e.Text = rapid.StringN(0, 100, maxText).Draw(t, "text")
	}
	return e
}

// TestMessagesReadBack checks that a message holds what was written, compressed or not.
func TestMessagesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.SampledFrom([]netip.AddrPort{{}, netip.MustParseAddrPort("192.0.2.1:143"), netip.MustParseAddrPort("[fe80::1%eth0]:993")})
		c := capture.Conn{Client: addr.Draw(t, "client"), Server: addr.Draw(t, "server"), Start: drawTime(t, "start"), MidStream: rapid.Bool().Draw(t, "mid")}
		facts := rapid.SliceOfN(rapid.Custom(drawFact), 0, 20).Draw(t, "facts")
		seq := rapid.Uint64Range(0, 1<<62).Draw(t, "seq")
		gotSeq, got, gotFacts, err := readBack(t, written(t, &c, seq, facts...))
		if err != nil || gotSeq != seq || got.Client != c.Client || got.Server != c.Server || !got.Start.Equal(c.Start) || got.MidStream != c.MidStream || len(gotFacts) != len(facts) {
			t.Fatalf("%v: %d %+v, %d facts, of %d %+v, %d facts", err, gotSeq, got, len(gotFacts), seq, c, len(facts))
		}
		for i := range facts {
			w, g := &facts[i], &gotFacts[i]
			if g.Kind != w.Kind || g.Dir != w.Dir || !g.Time.Equal(w.Time) || g.Off != w.Off || g.N != w.N || !bytes.Equal(g.Data, w.Data) || g.Text != w.Text || g.Cause != w.Cause {
				t.Fatalf("fact %d is %+v, not %+v", i, g, w)
			}
		}
	})
}

// TestBombsAreRefused checks that a small message that unpacks to a large one is refused.
func TestBombsAreRefused(t *testing.T) {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{maxBody + 1, 1 << 24, 1 << 28} {
		bomb := p.pack(make([]byte, n))
		if len(bomb) > MaxMessage {
			t.Fatalf("%d bytes are packed to %d", n, len(bomb))
		}
		if _, _, _, err := readBack(t, bomb); err == nil {
			t.Errorf("a body of %d bytes was read", n)
		}
	}
}

func FuzzMessages(f *testing.F) {
	c := capture.Conn{Client: netip.MustParseAddrPort("192.0.2.1:1024"), Server: netip.MustParseAddrPort("192.0.2.2:143"), Start: time.Unix(1, 2)}
	f.Add(written(f, &c, 0, capture.Event{Kind: capture.Opened, Time: c.Start},
		capture.Event{Kind: capture.Data, Time: c.Start, Data: bytes.Repeat([]byte("a1 NOOP\r\n"), 50)},
		capture.Event{Kind: capture.Note, Text: "x"}, capture.Event{Kind: capture.Gap, Off: 5, N: 1}, capture.Event{Kind: capture.Closed, Cause: capture.FIN}))
	f.Add(written(f, &c, 7, capture.Event{Kind: capture.Again, Off: -3, N: 1}))
	f.Fuzz(func(t *testing.T, message []byte) {
		seq, c, facts, err := readBack(t, message)
		if err != nil {
			return
		}
		again, _, back, err := readBack(t, written(t, &c, seq, facts...))
		if err != nil || again != seq || len(back) != len(facts) {
			t.Fatalf("%v: %d facts from %d, written and read: %d from %d", err, len(facts), seq, len(back), again)
		}
	})
}
