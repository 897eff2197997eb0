package view

import (
	"strings"
	"testing"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// TestSecretsAreNotDecoded checks that neither form of a text shows what is secret in it, and
// that what is decoded shows no secret that it was encoded to hide.
func TestSecretsAreNotDecoded(t *testing.T) {
	raw := []byte("a SELECT \"Entw&APw-rfe\"\r\n")
	split, _ := wire.Split(raw, true)
	m := &decode.Message{Message: *split, Kind: decode.Request}
	root := syntax.ParseRequest(&m.Message)
	if got := (Options{}).Notes(m, root); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	m.Secrets = []wire.Span{{Start: 11, End: 13}}
	if got := (Options{}).Notes(m, root); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := (Options{ShowSecrets: true}).Notes(m, root); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

func TestDecodedTextsAreInertAndShort(t *testing.T) {
	for in, want := range map[string]string{
		"=?utf-8?q?a=1B[31m=E2=80=AE=0A?=":                `a\x1b[31m\u{202e}\x0a`,
		"=?utf-8?q?" + strings.Repeat("x", 50_000) + "?=": strings.Repeat("x", maxValue) + "…",
	} {
		if d := (Options{}).decode(protocol.RoleSubject, []byte(in), nil); d.Text != want || d.Wrong != "" {
			t.Errorf("%.60q: %q", in, d)
		}
	}
	if s := Mailbox("&AAoAGw-"); s != `&AAoAGw- (\x0a\x1b)` {
		t.Errorf("%q", s)
	}
}

// TestNothingToDecodeDoesNotAllocate checks the path of most texts.
func TestNothingToDecodeDoesNotAllocate(t *testing.T) {
	name, subject, date := []byte("INBOX.Archive.2024.a-long-name-of-a-mailbox"), []byte("a subject that is long enough not to be small"), []byte(" 7-May-1991 12:34:56 -0700")
	if n := testing.AllocsPerRun(100, func() {
		Options{}.decode(protocol.RoleMailbox, name, nil)
		Options{}.decode(protocol.RoleSubject, subject, nil)
		Options{}.decode(protocol.RoleInternalDate, date, nil)
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
