package view

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inert makes octets from the wire safe to show: whatever a terminal, a widget
// or a reader could take for more than a character shows as text. Controls (C0,
// DEL, C1), and octets that are not UTF-8, show as \xNN; characters that change
// direction, join or hide others, and line separators, as \u{NNNN}.
//
// It is the one way from the wire to a screen. HTML and tview markup are the
// business of those who write them, on top of this.
func Inert[T ~string | ~[]byte](b T) string {
	s := string(b)
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c < 0x7f {
			i++
			continue
		}
		if r, n := utf8.DecodeRuneInString(s[i:]); n > 1 && IsPlain(r) {
			i += n
			continue
		}
		return inertFrom(s, i)
	}
	return s
}

const hex = "0123456789abcdef"

func inertFrom(s string, i int) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:i])
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case IsPlain(r) && !(r == utf8.RuneError && n == 1):
			b.WriteString(s[i : i+n])
		case n == 1 || r < 0xa0:
			for _, c := range []byte(s[i : i+n]) {
				b.WriteString(`\x`)
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			}
		default:
			fmt.Fprintf(&b, `\u{%04x}`, r)
		}
		i += n
	}
	return b.String()
}

// IsPlain reports whether r shows as a character and does nothing else.
func IsPlain(r rune) bool {
	if r < 0x7f {
		return r >= ' '
	}
	return r >= 0xa0 && r != 0xad && unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) &&
		!unicode.Is(unicode.Variation_Selector, r) && !isFiller(r)
}

// isFiller: letters by category that show as nothing.
func isFiller(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0x034f, 0x17b4, 0x17b5:
		return true
	}
	return false
}
