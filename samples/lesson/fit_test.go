package lesson

import (
	"slices"
	"strings"
	"testing"
)

// TestLessonsFit checks that each step and its question fit a pane of 60 columns and 14
// lines.
func TestLessonsFit(t *testing.T) {
	for _, l := range Embedded() {
		if n := len(l.Steps); n < 6 || n > 13 {
			t.Errorf("%s has %d steps", l.File, n)
		}
		kinds := map[Kind]int{}
		noted := slices.ContainsFunc(l.Steps, func(s Step) bool { return len(s.Notes) > 0 })
		for i := range l.Steps {
			s := &l.Steps[i]
			kinds[s.Kind()]++
			rows := []string{s.Heading}
			for k, b := range s.Text {
				if k > 0 && !(b.Item && s.Text[k-1].Item) {
					rows = append(rows, "")
				}
				rows = append(rows, wrap(b.Text())...)
			}
			if s.Ask != "" {
				rows = append(append(rows, ""), wrap(s.Ask)...)
			}
			for _, c := range s.Choices {
				rows = append(rows, wrap("1. "+c)...)
			}
			if len(rows) > 14 {
				t.Errorf("%s:%d: %s: %d rows\n%s", l.File, s.Line, s.Heading, len(rows), strings.Join(rows, "\n"))
			}
			if noted && s.Kind() != Read && len(s.Notes) == 0 {
				t.Errorf("%s:%d: %s: no note for the teacher", l.File, s.Line, s.Heading)
			}
			if (s.Kind() != Read) && len(s.Hints) == 0 {
				t.Errorf("%s:%d: %s: no hint", l.File, s.Line, s.Heading)
			}
			if k := s.Kind(); k != Read && k != Type && len(s.Not) == 0 {
				t.Errorf("%s:%d: %s: no wrong answer", l.File, s.Line, s.Heading)
			}
		}
		if kinds[Find] == 0 || kinds[Type] == 0 || kinds[Ask]+kinds[Choose] < 3 {
			t.Errorf("%s: %v", l.File, kinds)
		}
	}
}

func wrap(s string) []string {
	var rows []string
	row := ""
	for _, w := range strings.Fields(s) {
		if row != "" && len(row)+1+len(w) > 58 {
			rows, row = append(rows, row), ""
		}
		row = strings.TrimPrefix(row+" "+w, " ")
	}
	return append(rows, row)
}
