package diff

import "testing"

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"STATUS", "STATUS", true},
		{"status", "STATUS INBOX MESSAGES", true},
		{"STATUS", "status", true},
		{"message * BODYSTRUCTURE", "message 17 BODYSTRUCTURE", true},
		{"message * ENVELOPE", "message 17 ENVELOPE subject", true},
		{"message * FLAGS", "message 17", false},
		{"message 1 FLAGS", "message 17 FLAGS", false},
		{"STATUS INBOX", "STATUS other", false},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil || p.Match(c.path) != c.want {
			t.Errorf("%q, %q: %v", c.pattern, c.path, err)
		}
	}
	for _, s := range []string{"", "  ", "*", "* FLAGS"} {
		if _, err := ParsePattern(s); err == nil {
			t.Errorf("%q is a pattern", s)
		}
	}
	a := exchanges(t, "C: a FETCH 1 (FLAGS RFC822.SIZE)\nS: * 1 FETCH (FLAGS () RFC822.SIZE 3)\nS: a OK\n")[0]
	b := exchanges(t, "C: a FETCH 1 (FLAGS RFC822.SIZE)\nS: * 1 FETCH (FLAGS (\\Seen) RFC822.SIZE 4)\nS: a OK\n")[0]
	if d := Exchanges(a, b, Options{Ignore: []Pattern{{"message", "*", "FLAGS"}}}); len(d) != 1 || d[0].Path != "message 1 RFC822.SIZE" {
		t.Errorf("%v", d)
	}
}
