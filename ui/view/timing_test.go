package view

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// timings plays a transcript, with a millisecond between lines, and lists the breakdown of
// each transaction's time.
func timings(t *testing.T, script string) string {
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	messages := make(map[int][]*decode.Message)
	var previous time.Time
	decodetest.Run(decode.Options{}, ps, 0, func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				if e.Txn != nil {
					m := *e
					messages[e.Txn.N] = append(messages[e.Txn.N], &m)
				}
			case *decode.Transaction:
				fmt.Fprintf(&b, "%s %s %s\n", e.Tag, e.Command, e.Status)
				writeTiming(&b, NewTiming(e, messages[e.N], previous))
				previous = e.End
			}
		}
	})
	return b.String()
}

func writeTiming(b *strings.Builder, x *Timing) {
	for _, p := range x.Parts {
		from, to := int(p.From*40), int(p.To*40)
		bar := strings.Repeat(" ", from) + strings.Repeat("#", to-from) + strings.Repeat(" ", 40-to)
		fmt.Fprintf(b, "  %-12s %8s |%s| %s\n", strings.Repeat("  ", p.Depth)+p.Name, Duration(p.Took), bar, p.Words)
	}
	fmt.Fprintf(b, "  %s in all\n", Duration(x.Took))
	for _, n := range x.Notes {
		fmt.Fprintf(b, "  note: %s\n", n)
	}
}

func TestTiming(t *testing.T) { transcripts(t, "timing", timings) }

// TestTimingBackwards checks that a clock that ran backwards is reported, and that no bar
// is drawn for it.
func TestTimingBackwards(t *testing.T) {
	at := func(ms int) time.Time { return time.Unix(1000, 0).Add(time.Duration(ms) * time.Millisecond) }
	txn := func(begin, sent, first, end int) *decode.Transaction {
		return &decode.Transaction{Tag: "a", Command: "NOOP", Status: "OK", Time: at(begin), RequestEnd: at(sent), FirstResponse: at(first), End: at(end)}
	}
	for _, c := range []struct {
		name      string
		t         *decode.Transaction
		backwards string // names of the parts
		notes     int
	}{
		{"forwards", txn(0, 1, 2, 3), "", 0},
		{"request", txn(0, -5, 2, 3), "request", 0},
		{"answer", txn(0, 3, 2, 4), "server", 0},
		{"transfer", txn(0, 1, 4, 3), "transfer", 0},
		{"all", txn(0, -1, -2, -3), "request server transfer", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := NewTiming(c.t, nil, time.Time{})
			var got []string
			for _, p := range x.Parts {
				if p.Backwards {
					got = append(got, p.Name)
				}
				if p.Backwards != (p.Words == Backwards) || p.Backwards && p.From != p.To {
					t.Errorf("%+v", p)
				}
			}
			if s := strings.Join(got, " "); s != c.backwards || len(x.Notes) != c.notes {
				t.Errorf("backwards: %q, want %q; %q", s, c.backwards, x.Notes)
			}
		})
	}
}

// TestTimingProperties checks that for any times, parts are within the exchange and none
// has a negative bar.
func TestTimingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := func(name string) time.Time {
			if rapid.IntRange(0, 4).Draw(t, name+" is not known") == 0 {
				return time.Time{}
			}
			return time.Unix(0, rapid.Int64().Draw(t, name))
		}
		x := &decode.Transaction{
			Outcome: decode.Outcome(rapid.IntRange(0, 2).Draw(t, "outcome")),
			Time:    moment("time"), RequestEnd: moment("request end"), FirstReady: moment("ready"),
			FirstResponse: moment("response"), End: moment("end"), Ready: rapid.IntRange(0, 2).Draw(t, "readys"),
		}
		var ms []*decode.Message
		for range rapid.IntRange(0, 100).Draw(t, "messages") {
			k := decode.Kind(rapid.IntRange(0, 6).Draw(t, "kind"))
			dir := capture.ServerToClient
			if k <= decode.Continuation {
				dir = capture.ClientToServer
			}
			ms = append(ms, &decode.Message{Dir: dir, Kind: k, Time: moment("begin"), End: moment("end")})
		}
		got := NewTiming(x, ms, moment("previous"))
		if len(got.Parts) > MaxTurns+5 || len(got.Notes) > 10 {
			t.Fatalf("%d parts, %d notes", len(got.Parts), len(got.Notes))
		}
		for _, p := range got.Parts {
			if !(0 <= p.From && p.From <= p.To && p.To <= 1) || p.Backwards != (p.Took < 0) {
				t.Fatalf("%+v", p)
			}
		}
	})
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                         "0.00 ms",
		310 * time.Microsecond:    "0.31 ms",
		-310 * time.Microsecond:   "-0.31 ms",
		12340 * time.Microsecond:  "12.3 ms",
		1234 * time.Millisecond:   "1234 ms",
		12340 * time.Millisecond:  "12.3 s",
		-12340 * time.Millisecond: "-12.3 s",
		25 * time.Minute:          "25 min",
		30 * time.Hour:            "30 h",
		math.MaxInt64:             "2562048 h",
		math.MinInt64:             "-2562048 h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}
