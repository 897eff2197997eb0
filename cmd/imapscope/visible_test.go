package main

import (
	"strings"
	"unicode/utf8"

	"imapscope/ui/view"
)

// visible returns what text contains beside visible characters, tabs and line ends, and
// what is before it; or nothing.
func visible(text string) string {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if r != '\n' && r != '\t' && !view.IsPlain(r) || r == utf8.RuneError && n == 1 {
			return strings.ToValidUTF8(text[max(0, i-60):i], "?") + " <- here " + view.Inert(text[i:min(len(text), i+20)])
		}
		i += n
	}
	return ""
}
