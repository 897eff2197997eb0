package lint

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestPlain compares what looks at eight bytes at a time with what looks at each.
func TestPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]byte("ab ~}|!#$&[]\"\"")), rapid.SampledFrom([]byte("\x00\x1f\x7f\x80\x81\xa2\xff\\%{"))), 0, 40).Draw(t, "bytes")
		plain := len(b) - len(b)%8
		for i, x := range b {
			if x < 0x20 || x >= 0x7f {
				plain = min(plain, i-i%8)
			}
		}
		if n := plainLen(b); n != plain {
			t.Errorf("plainLen(%q) = %d, not %d", b, n, plain)
		}
		odd := bytes.ContainsFunc(b, func(r rune) bool { return r == '\\' || r == '%' || r == '{' }) || bytes.Contains(b, []byte(`""`))
		for _, x := range b {
			odd = odd || x >= 0x80
		}
		if odd && !isOdd(b) {
			t.Errorf("isOdd(%q) = false", b)
		}
	})
}

// TestOdd checks that strings without odd characters are not taken for such.
func TestOdd(t *testing.T) {
	b := []byte(`("Tue, 7 May 91 12:34:45 PDT" "hi" (("Mark" NIL "MRC" "Panda")) NIL NIL "<1b>")`)
	if isOdd(b) {
		t.Errorf("isOdd(%q) = true", b)
	}
}
