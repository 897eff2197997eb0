package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"imapscope/decode/ascii"
)

// mailboxes are names in Unicode and in modified UTF-7. The fourth is the example of RFC
// 3501, 5.1.3.
var mailboxes = [][2]string{
	{"INBOX", "INBOX"},
	{"Entwürfe", "Entw&APw-rfe"},
	{"R&D", "R&-D"},
	{"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
	{"Отправленные", "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"},
	{"&", "&-"},
	{"&&", "&-&-"},
	{"ä&ö", "&AOQ-&-&APY-"},
	{"😀", "&2D3eAA-"},
	{"a\x01b", "a&AAE-b"},
	{"", ""},
}

func TestMailboxNamesAreDecoded(t *testing.T) {
	for _, x := range mailboxes {
		if got, err := Mailbox(x[1]); got != x[0] || err != nil {
			t.Errorf("Mailbox(%q) = %q, %v", x[1], got, err)
		}
		if got := EncodeMailbox(x[0]); got != x[1] {
			t.Errorf("EncodeMailbox(%q) = %q, not %q", x[0], got, x[1])
		}
	}
	if got, err := Mailbox("Entwürfe & Ablage"); got != "Entwürfe & Ablage" || err != nil {
		t.Errorf("UTF-8: %q, %v", got, err)
	}
}

func TestWrongMailboxNamesStayAsTheyAre(t *testing.T) {
	for name, want := range map[string]struct {
		off  int
		what string
	}{
		"&Jjo!":            {0, `no "-" ends`},
		"R&D":              {1, `no "-" ends`},
		"&U,BTFw-&ZeVnLA-": {8, "superfluous shift"},
		"&AGE-":            {1, "represents itself"},
		"x&AA-":            {4, "in the middle"},
		"&AB-":             {3, "in the middle"},
		"&A/w-":            {2, `'/' is not in this base64`},
		"&2D0-":            {1, "surrogate"},
		"&3gDYPQ-":         {1, "surrogate"},
		"a\tb":             {1, "control"},
		"Entw\xfcrfe":      {4, "neither US-ASCII nor part of UTF-8"},
		"&APw=-":           {4, `'=' is not in this base64`},
		"&APx-":            {4, "unused bits"},
	} {
		got, err := Mailbox(name)
		x, ok := err.(*Error)
		if got != name || !ok || x.Off != want.off || !strings.Contains(x.What, want.what) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
		if CheckMailbox([]byte(name)) == nil {
			t.Errorf("%q is correct", name)
		}
	}
}

// TestEveryNameHasOneEncoding holds the property that the RFC's rules imply.
func TestEveryNameHasOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("&-+,/a ü日😀\x00"))), 0, 40, -1).Draw(t, "name")
		name = strings.ToValidUTF8(name, "?")
		coded := EncodeMailbox(name)
		if got, err := Mailbox(coded); got != name || err != nil {
			t.Fatalf("%q: %q: %q, %v", name, coded, got, err)
		}
	})
}

// FuzzMailbox checks that a correct name is the only encoding of what it decodes to, that
// a wrong one is returned as it is, and that errors are inside the name.
func FuzzMailbox(f *testing.F) {
	for _, x := range mailboxes {
		f.Add(x[1])
	}
	for _, s := range []string{"&U,BTFw-&ZeVnLA-", "&AA-", "\xfc", "&2D0-", "ü&APw-", "&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got, err := Mailbox(name)
		switch {
		case err != nil:
			if x := err.(*Error); got != name || x.Off < 0 || x.Off > len(name) {
				t.Fatalf("%q: %q, %v", name, got, err)
			}
		case !utf8.ValidString(got):
			t.Fatalf("%q: %q", name, got)
		case ascii.Valid(name) && EncodeMailbox(got) != name:
			t.Fatalf("%q: %q: %q", name, got, EncodeMailbox(got))
		}
	})
}

func BenchmarkMailbox(b *testing.B) {
	for _, x := range []string{"INBOX.Archive.2024", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"} {
		b.Run(x, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(x)))
			for b.Loop() {
				_, _ = Mailbox(x)
			}
		})
	}
}
