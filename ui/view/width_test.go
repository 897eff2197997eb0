package view

import (
	"strings"
	"testing"
)

// TestWidth compares widths with how far tmux 3.3 moves its cursor.
func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "plain": 5, "é": 1, "e\u0301": 1, "中文": 4, "ｶﾞ": 2, "…": 1, "▸": 1,
		"\U0001F1E9\U0001F1EA":           2, // regional indicators: a flag
		"\U0001F1E9":                     1,
		"กำ":                             2, // a Thai vowel with a column of its own
		"กี":                             1,
		"क\u093f":                        2,
		"\u1100\u1161\u11a8":             2, // conjoining Hangul
		"\U0001F44D\U0001F3FD":           4, // a skin tone is a character, too
		"\U0001F1E9\U0001F1EA กำ \u4e2d": 8,
	} {
		if got := Width(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
		sum, all := 0, ""
		for cell, w := range Cells(text) {
			sum, all = sum+w, all+cell
		}
		if sum != want || all != text {
			t.Errorf("the cells of %q are %q and take %d columns", text, all, sum)
		}
	}
}

func TestFit(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"กำกำ", 3, "กำ…"}, {"กำกำ", 4, "กำกำ"}, {"中中中", 4, "中…"}, {"e\u0301e\u0301e", 2, "e\u0301…"}, {"abc", 3, "abc"}, {"abcd", 3, "ab…"},
	} {
		if got := Fit(c.text, c.width, "…"); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.text, c.width, got, c.want)
		}
	}
	if got := FitEnd("中中e\u0301", 3); got != "中e\u0301" {
		t.Errorf("the end is %q", got)
	}
	if got := Pad("กำ", 4); got != "กำ"+strings.Repeat(" ", 2) {
		t.Errorf("padded is %q", got)
	}
}
