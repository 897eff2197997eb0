package pcap

import (
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"
)

// anySegments draws segments as an attacker might send them: numbers
// around those expected, and far off, with any flags, cut, at any time.
func anySegments(t *rapid.T) []seg {
	number := rapid.OneOf(rapid.Uint32Range(0, 12), rapid.Uint32Range(0, 12), rapid.Uint32Range(0, 40),
		rapid.Uint32Range(1<<32-20, 1<<32-1), rapid.SampledFrom([]uint32{maxAhead, maxAhead + 1, far, far + 1, maxLost, 1 << 31, 1<<31 + 1}))
	one := rapid.Custom(func(t *rapid.T) seg {
		s := seg{
			from:  rapid.SampledFrom([]byte("CS")).Draw(t, "from"),
			flags: rapid.SampledFrom([]string{"A", "A", "A", "A", "A", "A", "AF", "S", "SA", "R", "RA", "", "SF", "SR"}).Draw(t, "flags"),
			seq:   number.Draw(t, "seq"),
			ack:   number.Draw(t, "ack"),
			data:  rapid.SampledFrom([]string{"", "", "*", "* ", " ", "* O", "OK ", "K h", "* OK ", "abc", "* OK abcdef"}).Draw(t, "data"),
			port:  rapid.SampledFrom([]uint16{143, 143, 143, 2000}).Draw(t, "port"),
			after: rapid.SampledFrom([]time.Duration{1, 1, 1, time.Second, time.Minute, -time.Minute, 40 * 365 * 24 * time.Hour}).Draw(t, "after"),
		}
		s.snap = rapid.IntRange(0, len(s.data)/2).Draw(t, "snap")
		return s
	})
	return rapid.SliceOfN(one, 0, 60).Draw(t, "segments")
}

// TestAnySegments checks that for any input the sink's contract holds (the recorder
// checks that), the counts agree with what was reported, nothing is left over, and the
// same packets give the same again.
func TestAnySegments(t *testing.T) {
	rapid.Check(t, checkSegments)
}

// FuzzSegments is the same, guided by coverage.
func FuzzSegments(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(checkSegments))
}

func checkSegments(t *rapid.T) {
	segs := anySegments(t)
	o := Options{
		MaxConns: rapid.IntRange(0, 2).Draw(t, "conns"),
		MaxHeld:  rapid.IntRange(0, 200).Draw(t, "held"),
	}
	var first []string
	for range 2 {
		r := newRecorder(t)
		a := NewAssembler(o, r)
		now := time.Unix(1e9, 0)
		for _, s := range segs {
			now = now.Add(s.after)
			data, n := s.frame()
			if err := a.Packet(&Packet{Time: now, Link: layers.LinkTypeEthernet, Data: data, Length: n}); err != nil {
				t.Fatal(err)
			}
			clear(data)
			if a.held > a.opts.MaxHeld || len(a.conns) > a.opts.MaxConns {
				t.Fatalf("%d held, %d connections", a.held, len(a.conns))
			}
		}
		if err := a.Flush(); err != nil {
			t.Fatal(err)
		}
		lost := int64(0)
		for _, l := range r.lost {
			lost += l[0] + l[1]
		}
		st := a.Stats()
		if a.held != 0 || a.strays != 0 || len(a.waits.conns) != 0 || len(r.closed) != len(r.conns) || st.Lost != lost || int(st.Taken) != len(r.conns) {
			t.Fatalf("%d held, %d strays, %d holes; %d of %d closed; %+v, lost %d",
				a.held, a.strays, len(a.waits.conns), len(r.closed), len(r.conns), st, lost)
		}
		if first == nil {
			first = append(r.log, "")
		} else if !slices.Equal(first, append(r.log, "")) {
			t.Fatalf("%q, and then %q", first, r.log)
		}
	}
}
