package view

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string // its lines, divided by |
	}{
		{"one two three", 7, "one two|three"},
		{"one two three", 13, "one two three"},
		{"longer than wide", 3, "longer|than|wide"},
		{"  two \t spaces  ", 20, "two spaces"},
		{"", 5, ""},
		{"日本 語 x", 6, "日本|語 x"}, // two columns each
		{"é e\u0301 a", 3, "é e\u0301|a"},
	} {
		if got := strings.Join(Wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q in %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
