package ascii

import (
	"strings"
	"testing"
)

// every is every byte once.
var every = func() string {
	var b [256]byte
	for i := range b {
		b[i] = byte(i)
	}
	return string(b[:])
}()

const (
	lower = "abcdefghijklmnopqrstuvwxyz"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

func TestOnlyLettersChangeTheirCase(t *testing.T) {
	if got, want := ToLower(every), strings.Replace(every, upper, lower, 1); got != want {
		t.Errorf("in lower case: %q", got)
	}
	if got, want := string(AppendUpper(nil, []byte(every))), strings.Replace(every, lower, upper, 1); got != want {
		t.Errorf("in upper case: %q", got)
	}
}

func TestEqualFoldIgnoresTheCaseOfLettersAlone(t *testing.T) {
	for i := range len(every) {
		for k := range len(every) {
			a, b := every[i:i+1], every[k:k+1]
			if got, want := EqualFold(a, []byte(b)), ToLower(a) == ToLower(b); got != want {
				t.Errorf("%q and %q: %t", a, b, got)
			}
		}
	}
	if EqualFold("abc", "ABCD") || !EqualFold("aBc\xff", "AbC\xff") {
		t.Error("texts of more letters")
	}
}

func TestValidIsWithoutTheEighthBit(t *testing.T) {
	for i := range len(every) {
		if got := Valid(every[i : i+1]); got != (i < 0x80) {
			t.Errorf("%#x: %t", i, got)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	word, name, buf := []byte("capability"), "CAPABILITY", make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		buf = AppendUpper(buf[:0], word)
		buf = AppendLower(buf[:0], buf)
		if !EqualFold(word, name) || !Valid(word) {
			t.Error("what is compared is the same word")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
