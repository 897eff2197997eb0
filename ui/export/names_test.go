package export

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestNames: what the files of messages are called.
func TestNames(t *testing.T) {
	n := make(names)
	for _, c := range []struct {
		mail mail
		want string
	}{
		{mail{conn: 1, mailbox: "INBOX", uid: 17, number: 3}, "1-INBOX-uid17.eml"},
		{mail{conn: 1, mailbox: "inbox", uid: 17}, "1-inbox-uid17-2.eml"},
		{mail{conn: 2, mailbox: "INBOX", number: 3}, "2-INBOX-message3.eml"},
		{mail{conn: 1, mailbox: "Sent/2024 (old)", txn: 9, appended: true}, "1-Sent.2024.old-appended9.eml"},
		{mail{conn: 1, mailbox: "Entw&APw-rfe", uid: 1}, "1-Entwürfe-uid1.eml"},
		{mail{conn: 1, mailbox: "../../etc/passwd\x00", uid: 1}, "1-etc.passwd-uid1.eml"},
		{mail{conn: 1, mailbox: "..", uid: 2}, "1-uid2.eml"},
		{mail{conn: 1, mailbox: strings.Repeat("é", 99), uid: 3}, "1-" + strings.Repeat("é", 29) + "-uid3.eml"},
	} {
		if got := n.of(&c.mail); got != c.want {
			t.Errorf("%q: %s, want %s", c.mail.mailbox, got, c.want)
		}
	}
}

// FuzzNames: for any mailbox name, the name is one of a file in the folder, of bounded
// length, and no two are the same.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"INBOX", "../x", `C:\x`, "-rf", ".ssh", "a\x00b", "\xff", "con", "&AC8-", "\u202ex", "a/b", "~", "$HOME", "a\nb", "*?"} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, mailbox string, uid uint64) {
		n := make(names)
		first := n.of(&mail{conn: 1, mailbox: mailbox, uid: uid, number: uid})
		second := n.of(&mail{conn: 1, mailbox: strings.ToUpper(mailbox), uid: uid, number: uid})
		if strings.EqualFold(first, second) {
			t.Errorf("%q twice", first)
		}
		for _, name := range []string{first, second} {
			if filepath.Base(name) != name || !filepath.IsLocal(name) || len(name) > 128 || !utf8.ValidString(name) || !strings.HasPrefix(name, "1-") {
				t.Errorf("%q", name)
			}
			if strings.ContainsAny(name, "/\\:*?\"<>|\x00\n\r\x1b'$`;& ~") || strings.Contains(name, "..") {
				t.Errorf("%q", name)
			}
		}
	})
}

// quoted returns a message as it is in an mbox file, without its first line.
func quoted(t interface{ Fatal(...any) }, message io.Reader) string {
	var out bytes.Buffer
	q := &quoter{w: &out, begins: true}
	if _, err := io.Copy(q, message); err != nil {
		t.Fatal(err)
	}
	if err := q.end(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestQuoter: lines of a message in an mbox file, and its end.
func TestQuoter(t *testing.T) {
	for message, want := range map[string]string{
		"":                          "\n",
		"a\r\nb":                    "a\nb\n\n",
		"a\r\n":                     "a\n\n",
		"From x\r\nFrom\r\nFrom ":   ">From x\nFrom\n>From \n\n",
		">From x\n>>From x\n> From": ">>From x\n>>>From x\n> From\n\n",
		"a\rb\r\r\nFro\rm \r":       "a\rb\r\nFro\rm \r\n\n",
		">":                         ">\n\n",
	} {
		for _, one := range []io.Reader{strings.NewReader(message), iotest.OneByteReader(strings.NewReader(message))} {
			if got := quoted(t, one); got != want {
				t.Errorf("%q: %q, want %q", message, got, want)
			}
		}
	}
}

// TestQuoterIsReversible: the message can be had back, line ends aside, and no line of it could
// be mistaken for the start of another.
func TestQuoterIsReversible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringOf(rapid.SampledFrom([]rune(">From x")))).Draw(t, "lines")
		message := ""
		for _, l := range lines {
			message += l + "\r\n"
		}
		out := strings.TrimSuffix(quoted(t, strings.NewReader(message)), "\n")
		var back strings.Builder
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, from) {
				t.Fatalf("%q begins a message", line)
			}
			if strings.HasPrefix(strings.TrimLeft(line, ">"), from) {
				line = line[1:]
			}
			back.WriteString(strings.TrimSuffix(line, "\n") + "\r\n")
		}
		if back.String() != message {
			t.Fatalf("%q became %q", message, out)
		}
	})
}
