package lint_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest/gen"
	"imapscope/decode/lint"
)

// facts returns a session as facts, cut at random places, some bytes lost, and whether
// any were.
func facts(t *rapid.T, s *gen.Session) (events []capture.Event, lossy bool) {
	now := time.Unix(1, 0)
	var off [2]int64
	add := func(e capture.Event) {
		now = now.Add(time.Millisecond)
		e.Conn, e.Time = 1, now
		events = append(events, e)
	}
	loopback := netip.MustParseAddrPort("127.0.0.1:143")
	add(capture.Event{Kind: capture.Opened, Info: &capture.Conn{ID: 1, Start: now, Client: loopback, Server: loopback}})
	for _, step := range s.Steps {
		for b := step.Data; len(b) > 0; {
			n := rapid.IntRange(1, min(40, len(b))).Draw(t, "cut")
			e := capture.Event{Kind: capture.Data, Dir: step.Dir, Off: off[step.Dir], Data: bytes.Clone(b[:n])}
			if rapid.IntRange(0, 9).Draw(t, "lost") == 9 {
				e.Kind, e.N, e.Data = capture.Gap, int64(n), nil
				lossy = true
			}
			add(e)
			off[step.Dir] += int64(n)
			b = b[n:]
		}
	}
	add(capture.Event{Kind: capture.HalfClosed, Dir: s.First, Cause: s.Cause})
	add(capture.Event{Kind: capture.Closed, Cause: s.Cause})
	return events, lossy
}

// TestGeneratedLossIsNoFault checks that a correct session of which bytes were lost is
// judged so: bytes were lost, and neither side is to blame for anything.
func TestGeneratedLossIsNoFault(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := gen.Draw(rt, gen.Options{Plain: true})
		events, lossy := facts(rt, s)
		lost := false
		l, err := lint.New(lint.Options{MinSeverity: lint.Warning}, func(f lint.Finding) {
			if lost = lost || f.Rule.ID == "N001"; f.Rule.ID != "N001" {
				rt.Errorf("also %s, %s %d: %s", f.Rule.ID, f.Dir, f.Off, f.Message)
			}
		})
		if err != nil {
			rt.Fatal(err)
		}
		d := decode.NewDemux(decode.Options{}, l)
		for i := range events {
			if err := d.Event(&events[i]); err != nil {
				rt.Fatal(err)
			}
		}
		if lossy != lost {
			rt.Errorf("bytes were lost: %v; N001 was reported: %v", lossy, lost)
		}
		if rt.Failed() {
			var b strings.Builder
			for _, e := range events {
				fmt.Fprintf(&b, "%s %d %d %q\n", e.Dir, e.Off, e.N, e.Data)
			}
			rt.Log(b.String())
		}
	})
}
