package view

import (
	"strings"
)

// Wrap breaks a text at spaces into lines of at most width columns, unless a word is
// longer. It returns at least one line.
func Wrap(text string, width int) []string {
	var out []string
	line, at := "", 0
	for word := range strings.FieldsSeq(text) {
		w := Width(word)
		if at > 0 && at+1+w > width {
			out, line, at = append(out, line), "", 0
		}
		if at > 0 {
			line += " "
			at++
		}
		line += word
		at += w
	}
	return append(out, line)
}
