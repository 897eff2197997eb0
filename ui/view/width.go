package view

import (
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// Width returns how many columns a text takes on a terminal. All output uses it for
// measuring.
//
// It counts as most terminals do, character by character (wcwidth). Terminals that treat
// sequences (flags, Thai vowels, skin tones) in their own way disagree with each other,
// and so do the libraries.
func Width(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		n += runeWidth(r)
		i += size
	}
	return n
}

// Cells yields a text cell by cell: a character with its combining marks, and the number
// of columns it takes. Only marks at the beginning of a text take none.
func Cells(s string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for s != "" {
			r, end := utf8.DecodeRuneInString(s)
			width := runeWidth(r)
			for end < len(s) && s[end] >= utf8.RuneSelf {
				r, size := utf8.DecodeRuneInString(s[end:])
				if runeWidth(r) > 0 {
					break
				}
				end += size
			}
			if !yield(s[:end], width) {
				return
			}
			s = s[end:]
		}
	}
}

// runeWidth returns how many columns a character takes: 0, 1 or 2. Like tcell's, it does
// not depend on the locale.
func runeWidth(r rune) int {
	switch {
	case r < utf8.RuneSelf:
		return 1
	case 0x1160 <= r && r <= 0x11ff, 0xd7b0 <= r && r <= 0xd7ff:
		return 0 // a vowel or final of conjoining Hangul: it is drawn in the initial's cell
	}
	c := runewidth.Condition{StrictEmojiNeutral: true}
	return c.RuneWidth(r)
}

// Fit returns the beginning of a text that fits in a number of columns, followed by more if
// the text was cut.
func Fit(s string, columns int, more string) string {
	if Width(s) <= columns {
		return s
	}
	room := columns - Width(more)
	at, width := 0, 0
	for cell, w := range Cells(s) {
		if width += w; width > room {
			break
		}
		at += len(cell)
	}
	return s[:at] + more
}

// FitEnd returns the end of a text that fits in a number of columns.
func FitEnd(s string, columns int) string {
	over := Width(s) - columns
	for cell, w := range Cells(s) {
		if over <= 0 {
			break
		}
		over -= w
		s = strings.TrimPrefix(s, cell)
	}
	return s
}

// Pad returns a text padded with spaces to a number of columns.
func Pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(columns-Width(s), 0))
}
