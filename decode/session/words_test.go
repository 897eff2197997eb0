package session

import (
	"strings"
	"testing"
)

// TestRepeatedSecretsAreFound holds where a text repeats a secret.
func TestRepeatedSecretsAreFound(t *testing.T) {
	for _, c := range []struct{ secret, text, want string }{
		{"secret", "the secret is out", "the # is out"},
		{"secret", "the SECRET is sEcReT", "the # is #"},
		{"SECRET", "secretsecret", "##"},
		{"secret", "no such thing for fred", "no such thing for fred"},
		{"secret", "\u0130 secret", "\u0130 #"}, // a letter whose lower case is longer
		{"aaaa", "aaaaaa aaa", "# aaa"},
		{"abc", "abc", "abc"}, // too short to be distinguished from other words
		{`"my secret"`, "MY SECRET or secret", "# or #"},
		{`"sec\"ret"`, `sec"ret and sec\"ret`, `# and #`},
		{strings.Repeat("ab ", 16) + "secret", "secret", "#"}, // too many words: any text may hold it
		{strings.Repeat("ab ", 16) + "secret", "any", "#"},
		{"secret", "", ""},
		{"AGZyZWQAc2VjcmV0", "AGZyZWQAc2VjcmV0 says fred, secret", "# says fred, #"}, // decoded too
	} {
		var w *Words
		w = w.with([]byte(c.secret)).withSASL([]byte(c.secret))
		if got := w.Hide(c.text, "#"); got != c.want {
			t.Errorf("%q after %q: %q, want %q", c.text, c.secret, got, c.want)
		}
	}
}

// TestFindCut checks that the end of a text that is cut may be the beginning of a secret.
func TestFindCut(t *testing.T) {
	w := (*Words)(nil).with([]byte("secret"))
	for text, want := range map[string]int{"the secre": 5, "the secr": 4, "the sec": 0, "secret": 6} {
		n := 0
		for _, s := range find(w, text, true) {
			n += s.Len()
		}
		if n != want {
			t.Errorf("%q: %d bytes hidden, want %d", text, n, want)
		}
	}
	if find(w, "the secre", false) != nil {
		t.Error("a whole text is taken for a cut one")
	}
}

// TestWordsBounds checks that what is kept of secrets is bounded; beyond it all texts are
// hidden.
func TestWordsBounds(t *testing.T) {
	var w *Words
	for i := range MaxWords + 1 {
		w = w.with([]byte("secret" + strings.Repeat("x", i%200) + string(rune('a'+i/200))))
	}
	if !w.All() {
		t.Errorf("%d words are remembered", len(w.list))
	}
	if w = (*Words)(nil).with(make([]byte, MaxWordBytes+1)); !w.All() {
		t.Error("a secret of any length is remembered")
	}
	w = nil
	for range 2 * MaxWords {
		w = w.withTag([]byte(strings.Repeat("t", 3)))
	}
	if len(w.tags) != 1 || !w.tagged([]byte("ttt"), false) || w.tagged([]byte("tt"), true) {
		t.Errorf("tags %q", w.tags)
	}
}
