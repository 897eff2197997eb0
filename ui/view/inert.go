package view

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inert makes bytes from the wire safe to show: anything that a terminal, a widget or a
// reader could take for more than a character is escaped. Controls (C0, DEL, C1) and bytes
// that are not UTF-8 become \xNN; characters that change direction, join or hide others,
// and line separators, become \u{NNNN}.
//
// It is the only way from the wire to a screen. Code that writes HTML or tview markup
// must escape that in addition.
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

// IsPlain reports whether r is a visible character without other effects.
func IsPlain(r rune) bool {
	if r < 0x7f {
		return r >= ' '
	}
	return r >= 0xa0 && r != 0xad && unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r) &&
		!unicode.Is(unicode.Variation_Selector, r) && !isFiller(r)
}

// isFiller reports whether r is a letter by category that is invisible.
func isFiller(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x3164, 0xffa0, 0x2800, 0x034f, 0x17b4, 0x17b5:
		return true
	}
	return false
}
