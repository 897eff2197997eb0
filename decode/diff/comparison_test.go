package diff

import (
	"fmt"
	"strings"
	"testing"
)

// TestComparison compares the transcripts "a" and "b" of testdata/known in order, with and without
// normal variation, and a with itself.
func TestComparison(t *testing.T) {
	transcripts(t, "testdata/known/*.txtar", func(t *testing.T, a, b []*Exchange, strict Options) string {
		if got := compared(a, a, strict); got != "" {
			t.Errorf("a is not the same as itself:\n%s", got)
		}
		return "by default:\n" + compared(a, b, Options{}) + "with all normal variation:\n" + compared(a, b, strict)
	})
}

// compared returns the differences of two conversations, a line each.
func compared(a, b []*Exchange, o Options) string {
	var c Comparison
	var out strings.Builder
	for i := range a {
		for _, d := range c.Exchanges(a[i], b[i], o) {
			fmt.Fprintf(&out, "%d %s\n", i+1, d)
		}
	}
	for _, d := range c.Late() {
		fmt.Fprintf(&out, "%d late %s\n", d.Nth+1, d)
	}
	return out.String()
}

// TestOutsideCountsForNothing: where messages go outside any command, numbers of messages mean
// nothing afterwards.
func TestOutsideCountsForNothing(t *testing.T) {
	const a = `S: * 2 EXPUNGE
C: a SELECT INBOX
S: * 3 EXISTS
S: a OK in
C: b NOOP
S: b OK done
`
	x, y := exchanges(t, a), exchanges(t, strings.Replace(a, "S: b OK", "S: * 2 EXISTS\nS: b OK", 1))
	var c Comparison
	c.Exchanges(&Exchange{Messages: x[0].Messages[:1]}, &Exchange{Messages: y[0].Messages[:1]}, Options{})
	c.Exchanges(x[0], y[0], Options{})
	if d := c.Exchanges(x[1], y[1], Options{}); len(d) != 1 || strings.Contains(d[0].B, "although") {
		t.Errorf("%v", d)
	}
}

// TestKnowledgeIsBounded: a server cannot make the comparison keep more than its limits.
func TestKnowledgeIsBounded(t *testing.T) {
	s := &side{box: new(box)}
	for i := range maxMessages + 10 {
		var r reader
		for k := range 5 {
			r.list = append(r.list, &fact{message: uint64(i) + 1, property: fmt.Sprint("X-", k)})
		}
		s.describe(&r)
	}
	if len(s.box.messages) != maxMessages || s.facts != maxKnown {
		t.Errorf("%d messages, %d facts", len(s.box.messages), s.facts)
	}
	for i := range 2 * maxBoxes {
		s.named(fmt.Sprint(i))
	}
	if len(s.boxes) != maxBoxes {
		t.Errorf("%d mailboxes", len(s.boxes))
	}
}
