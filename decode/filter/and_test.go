package filter

import (
	"strings"
	"testing"
	"unicode"
)

// What one clicks on is what is listed, under any name.
func TestConditionOfAnyText(t *testing.T) {
	for _, s := range []string{
		"", "frontend-7", "a b", `a"b`, `a\b`, `a\x41`, "a`b", "a'b", "müller", "日本", "\x00\x1b[31m\x07", "\u202eevil", "\xff\xfe", "a\xffb", "line\nline",
		`" or true or "`, `") || (true`, "\u2028", "\x7f\u0085", strings.Repeat("x", 100_000), strings.Repeat("\xff", 100_000), strings.Repeat("ü", 499), strings.Repeat("\u202e", 1000),
	} {
		expr := Of("origin", s)
		if i := strings.IndexFunc(expr, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%.60q is not printable", expr)
		}
		f, err := Compile(expr)
		if err != nil {
			t.Errorf("%.60s: %v", expr, err)
			continue
		}
		if !f.Match(&Row{Origin: s}) || f.Match(&Row{Origin: "other"}) || f.Match(&Row{Origin: "z" + s + "z"}) {
			t.Errorf("%.60s does not match %.60q, or something else", expr, s)
		}
	}
}

func TestAnd(t *testing.T) {
	compile := func(s string) *Filter {
		f, err := Compile(s)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	text, origin, slow, deep := compile("fetch"), compile(`origin == "frontend-7"`), compile("sent + received == 9000"), compile("uid == 17")
	for _, c := range []struct {
		f    *Filter
		want bool
	}{
		{text.And(origin), true}, {text.And(nil), true}, {(*Filter)(nil).And(text), true}, {text.And(origin).And(slow).Clone(), true},
		{origin.And(compile("conn == 4")), false}, {slow.And(origin).And(compile("n == 1")), false}, {compile("n == 1").And(text), false},
	} {
		if got := c.f.Match(fetch()); got != c.want {
			t.Errorf("%v", got)
		}
	}
	if text.And(origin).Deep() || !text.And(origin).And(deep).Deep() {
		t.Error("a filter needs the messages if a part of it does")
	}
	fails := compile("kinds[9] == \"X\"")
	both := text.And(fails)
	if both.Match(fetch()) || both.Failed() != 1 || both.Err() == nil {
		t.Errorf("it failed %d times, %v", both.Failed(), both.Err())
	}
	if c := both.Clone(); c.Failed() != 0 {
		t.Errorf("the clone has failed %d times", c.Failed())
	}
}
