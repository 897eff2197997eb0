package excerpt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCharactersAreNotCut cuts texts at each length: what is left is a part of the text, valid if
// the text is, and at most three bytes shorter than asked for.
func TestCharactersAreNotCut(t *testing.T) {
	for _, s := range []string{"", "a", "plain", "héllo", "日本語テキスト", "a😀b😀c", "\x80\x80\x80\x80\x80\x80", "ab\xff\xffcd"} {
		for n := range len(s) + 2 {
			cut, head, tail := Cut(s, n), Head(s, n), Tail(s, n)
			if n >= len(s) {
				if cut != s || head != s || tail != s {
					t.Errorf("%q was cut at %d: %q, %q, %q", s, n, cut, head, tail)
				}
				continue
			}
			last, ok := strings.CutPrefix(tail, ellipsis)
			if !ok || head != cut+ellipsis || !strings.HasPrefix(s, cut) || !strings.HasSuffix(s, last) {
				t.Errorf("%q at %d: %q, %q, %q", s, n, cut, head, tail)
			}
			for _, part := range []string{cut, last} {
				if utf8.ValidString(s) && !utf8.ValidString(part) {
					t.Errorf("%q at %d has part of a character: %q", s, n, part)
				}
				if len(part) > n || len(part) <= n-utf8.UTFMax {
					t.Errorf("%q at %d has %d bytes: %q", s, n, len(part), part)
				}
			}
		}
	}
}
