package print

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// What is written without --verbose does not depend on whether more findings than it shows are
// kept, nor on how many parts of the source they were collected from.
func TestFewFindingsAreWrittenAsAll(t *testing.T) {
	rules := lint.Rules()
	written := func(few bool, found []lint.Finding, parts int) string {
		all := Findings{few: few}
		list := make([]*Findings, parts)
		for i := range list {
			list[i] = &Findings{few: few}
		}
		for at, x := range found {
			f := list[int(x.Conn)%parts]
			f.at = uint64(at)
			if !f.onlyCount(&x) {
				f.Add(capture.Conn{ID: x.Conn}, view.Options{}.Finding(&x, nil))
			}
		}
		all.merge(list)
		var b bytes.Buffer
		if err := all.WriteText(&b, TextOptions{}); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	rapid.Check(t, func(t *rapid.T) {
		var found []lint.Finding
		conns := rapid.IntRange(1, 3).Draw(t, "connections")
		for range rapid.IntRange(0, 20).Draw(t, "findings") {
			found = append(found, lint.Finding{
				Rule: rules[rapid.IntRange(0, 2).Draw(t, "rule")],
				Conn: capture.ConnID(rapid.IntRange(1, conns).Draw(t, "connection")),
				Txn:  rapid.IntRange(0, 2).Draw(t, "transaction"),
			})
		}
		want := written(false, found, 1)
		for _, parts := range []int{1, 2} {
			if got := written(true, found, parts); got != want {
				t.Fatalf("few, from %d parts:\n%s\nall:\n%s", parts, got, want)
			}
		}
	})
}
