package lint

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// cutter passes data on in smaller pieces; size returns the length of each.
type cutter struct {
	capture.Sink
	size func(left int) int
}

func (c cutter) Event(e *capture.Event) error {
	if e.Kind != capture.Data {
		return c.Sink.Event(e)
	}
	piece := *e
	for b := e.Data; len(b) > 0; {
		n := c.size(len(b))
		piece.Data = b[:n]
		if err := c.Sink.Event(&piece); err != nil {
			return err
		}
		b = b[n:]
		piece.Off += int64(n)
	}
	return nil
}

// splitter divides events over several calls; size returns how many each gets.
type splitter struct {
	*Linter
	size func(left int) int
}

func (s splitter) Events(id capture.ConnID, events []decode.Event) error {
	for len(events) > 0 {
		n := s.size(len(events))
		if err := s.Linter.Events(id, events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

// findingsOf returns the findings in a transcript with all their fields, one per line.
func findingsOf(t interface{ Fatal(...any) }, text string, cut, split func(left int) int) []string {
	var out []string
	l, err := New(Options{}, func(f Finding) {
		out = append(out, fmt.Sprintln(f.Rule.ID, f.Severity, f.Verdict, f.Txn, f.Dir, f.Off, f.Len, f.Span, f.Time, f.Message))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := decodetest.Play(text, cutter{decode.NewDemux(decode.Options{}, splitter{l, split}), cut}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestFindingsDoNotDependOnBatches checks that the findings are the same however a
// connection's bytes are cut and its events are divided over calls.
func TestFindingsDoNotDependOnBatches(t *testing.T) {
	var texts []string
	for _, r := range rules {
		for _, end := range []string{"", "# closed by the server\n", "# reset by the client\n"} {
			texts = append(texts, r.Bad+end, r.Good+end)
		}
	}
	whole := func(left int) int { return left }
	some := 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "transcript")
		want := findingsOf(t, text, whole, whole)
		some += len(want)
		part := func(name string, most int) func(int) int {
			return func(left int) int { return rapid.IntRange(1, min(left, most)).Draw(t, name) }
		}
		got := findingsOf(t, text, part("bytes", 64), part("events", 3))
		if !slices.Equal(got, want) {
			t.Errorf("%s\ncut:\n%swhole:\n%s", text, got, want)
		}
	})
	if some == 0 {
		t.Error("nothing was found in any transcript")
	}
}
