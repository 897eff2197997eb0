// Package excerpt shortens text that people read to a number of bytes, without cutting a character.
//
// # Rules
//
//   - Text that is not UTF-8 is cut where it is too long: no more than three bytes are dropped
//     for the sake of a character.
//   - What fits in columns of a screen is in ui/view (Fit), which knows how wide a character is.
package excerpt

import "unicode/utf8"

// ellipsis takes the place of what was cut. It is not counted.
const ellipsis = "…"

// Cut returns s, or its beginning of at most n bytes.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for at := n; at >= 0 && at > n-utf8.UTFMax; at-- {
		if utf8.RuneStart(s[at]) {
			return s[:at]
		}
	}
	return s[:n]
}

// Head returns s, or its beginning of at most n bytes and an ellipsis.
func Head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return Cut(s, n) + ellipsis
}

// Tail returns s, or an ellipsis and its end of at most n bytes.
func Tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	first := len(s) - n
	for at := first; at <= len(s) && at < first+utf8.UTFMax; at++ {
		if at == len(s) || utf8.RuneStart(s[at]) {
			return ellipsis + s[at:]
		}
	}
	return ellipsis + s[first:]
}
