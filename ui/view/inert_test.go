package view

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, ~ and all": "plain text, ~ and all",
		"\x1b[31m":              `\x1b[31m`,
		"a\r\n\tb\x00\x7f":      `a\x0d\x0a\x09b\x00\x7f`,
		"Grüße, 中文, עברית":      "Grüße, 中文, עברית",
		"\xff\xc3":              `\xff\xc3`,
		"\xc2\x9b31m":           `\xc2\x9b31m`,        // CSI as one C1 control
		"a\u202eb":              `a\u{202e}b`,         // right to left from here
		"a\u200db\ufeff":        `a\u{200d}b\u{feff}`, // join, byte order mark
		"a\u2028b\u2029":        `a\u{2028}b\u{2029}`,
		"\u00ad\u115f\u2800":    `\u{00ad}\u{115f}\u{2800}`, // show as nothing
		"\ufe0f\U000e0100":      `\u{fe0f}\u{e0100}`,
		"\U000e0041":            `\u{e0041}`, // a tag character
		"\ufffd":                "\ufffd",    // was sent as such
		"":                      "",
	} {
		if got := Inert(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func FuzzInert(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]8;;x\x07", "\xff\xc2\x9b", "a\u202e\U000e0041", "中\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Inert(s)
		plain := utf8.ValidString(s)
		for _, r := range got {
			if !IsPlain(r) {
				t.Fatalf("%q lets %U through", s, r)
			}
		}
		for _, r := range s {
			plain = plain && IsPlain(r)
		}
		if !utf8.ValidString(got) || len(got) > 4*len(s) || plain != (got == s) {
			t.Fatalf("%q becomes %q", s, got)
		}
		if again := Inert(got); again != got {
			t.Fatalf("%q becomes %q, and that %q", s, got, again)
		}
		if Inert([]byte(s)) != got {
			t.Fatalf("%q as bytes gives another result", s)
		}
	})
}

func TestInertWriter(t *testing.T) {
	for _, c := range []struct {
		names    []string
		in, want string
	}{
		{nil, "a\tb\nc\n", "a\tb\nc\n"},
		{nil, "\x1b[2J\u202ex\r\n", `\x1b[2J\u{202e}x\x0d` + "\n"},
		{nil, "no end", "no end"},
		{[]string{"/tmp/a\nb/c"}, "open /tmp/a\nb/c: no such file\n", `open /tmp/a\x0ab/c: no such file` + "\n"},
		{[]string{"--title=x\ny"}, "x\ny and a\nb\n", `x\x0ay and a` + "\nb\n"},
		{[]string{"\n", "x\n"}, "x\n\n", "x\n\n"}, // not within a name
	} {
		var b strings.Builder
		w := NewInertWriter(&b, c.names...)
		if n, err := w.Write([]byte(c.in)); n != len(c.in) || err != nil || b.String() != c.want {
			t.Errorf("%q: %d, %v, %q, want %q", c.in, n, err, b.String(), c.want)
		}
	}
}
