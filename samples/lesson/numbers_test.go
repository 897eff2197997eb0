package lesson

import (
	"regexp"
	"testing"
)

// TestNumbersAreThoseOfTheList: where the list of transactions shows 2/4, a lesson does not say 4.
func TestNumbersAreThoseOfTheList(t *testing.T) {
	number := regexp.MustCompile(`transactions? \d+([^\d/]|$)|/\d+[^,.]* and \d+ `)
	for _, l := range Embedded() {
		if len(l.Recordings) < 2 {
			continue
		}
		for i := range l.Steps {
			s := &l.Steps[i]
			texts := append(append([]string{s.Ask, s.Right}, s.Hints...), s.Notes...)
			for _, b := range s.Text {
				texts = append(texts, b.Text())
			}
			for _, n := range s.Not {
				texts = append(texts, n.Why)
			}
			for _, text := range texts {
				if found := number.FindString(text); found != "" {
					t.Errorf("%s:%d: %q lacks the connection", l.File, s.Line, found)
				}
			}
		}
	}
}
