package redact_test

import (
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/decode/redact"
	"imapscope/decode/wire"
)

// hidden is text with "#" where it repeats a secret of t.
func hidden(t *decode.Transaction, text string) string {
	b := []byte(text)
	for _, s := range redact.Echoes(t, text) {
		copy(b[s.Start:s.End], strings.Repeat("#", s.Len()))
	}
	return string(b)
}

func TestEchoes(t *testing.T) {
	for _, c := range []struct{ sent, text, want string }{
		{"a LOGIN fred secret", "the secret is out", "the ###### is out"},
		{"a LOGIN fred secret", "the SECRET is sEcReT", "the ###### is ######"},
		{"a LOGIN fred SECRET", "secretsecret", "############"},
		{"a LOGIN fred secret", "no such thing for fred", "no such thing for fred"},
		{"a LOGIN fred secret", "İ secret", "İ ######"}, // a letter whose lower case is longer
		{"a LOGIN fred aaaa", "aaaaaa aaa", "###### aaa"},
		{"a LOGIN fred abc", "abc", "abc"}, // too short to be told from other words
		{`a LOGIN fred "my secret"`, "MY SECRET or secret", "######### or ######"},
		{`a LOGIN fred "sec\"ret"`, `sec"ret and sec\"ret`, `####### and ########`},
		{"a LOGIN fred " + strings.Repeat("ab ", 16) + "secret", "secret", "secret"}, // words have an end
		{"a NOOP secret", "secret", "secret"},
		{"a LOGIN fred secret", "", ""},
	} {
		m, _ := wire.Split([]byte(c.sent+"\r\n"), true)
		tag, command, _ := strings.Cut(c.sent, " ")
		command, _, _ = strings.Cut(command, " ")
		txn := &decode.Transaction{Tag: tag, Command: command, Request: *m}
		if got := hidden(txn, c.text); got != c.want {
			t.Errorf("%q after %q: %q, want %q", c.text, c.sent, got, c.want)
		}
	}
	stray := &decode.Transaction{Tag: "Xy", Secret: true, Echo: []string{"secret", "no"}}
	if got, want := hidden(stray, "no xy, SECRET"), "no ##, ######"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
