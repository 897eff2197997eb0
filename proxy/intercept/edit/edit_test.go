package edit

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode/wire"
)

const (
	client = capture.ClientToServer
	server = capture.ServerToClient
)

// body returns a text without the comments at its beginning.
func body(text []byte) string {
	_, b, _ := strings.Cut(string(text), "\n\n")
	return b
}

func TestFormat(t *testing.T) {
	for _, x := range []struct {
		dir       capture.Direction
		raw, want string
	}{
		{client, "a1 NOOP\r\n", "a1 NOOP\n"},
		{client, "a1 APPEND INBOX (\\Seen) {7}\r\nHello\r\n\r\n", "a1 APPEND INBOX (\\Seen) {7 #1}\n=== literal 1 CRLF ===\nHello\n\n=== end 1 ===\n"},
		{client, "a1 LOGIN {4+}\r\nfred ~{3}\r\na\nb\r\n", "a1 LOGIN {4+ #1} ~{3 #2}\n=== literal 1 CRLF ===\nfred\n=== end 1 ===\n=== literal 2 LF ===\na\nb\n=== end 2 ===\n"},
		{server, "* OK it ends in {5}\r\n", "* OK it ends in {5}\n"},
		{server, "* OK \x1b[2J\x00é\u202e\xff \r\n", "* OK \\x1b[2J\\x00é\\xe2\\x80\\xae\\xff\\x20\n"},
		{client, "# \\x41 \\Seen \\{secret 1} {5 #1}\n", "\\x23 \\x5cx41 \\Seen \\x5c{secret 1} \\x7b5 #1}\\x0a\n"},
		{client, "\r\n", "\\x0d\\x0a\n"},
		{client, "=== literal 1 CRLF ===\r\n", "\\x3d== literal 1 CRLF ===\n"},
		{server, "* 1 FETCH (RFC822 {22}\r\n=== end 1 ===\r\n# yes\r\n)\r\n", "* 1 FETCH (RFC822 {22 #1})\n=== literal 1 CRLF ===\n\\x3d== end 1 ===\n# yes\n\n=== end 1 ===\n"},
		{client, "a {2}\n\r\n\n", "a {2 #1 \\x0a}\\x0a\n=== literal 1 CRLF ===\n\n\n=== end 1 ===\n"},
		{client, "a1 NOOP\r\na2 CHECK\r\n", "a1 NOOP\na2 CHECK\n"},
	} {
		text := Format([]byte(x.raw), x.dir)
		if got := body(text); got != x.want {
			t.Errorf("%q:\n got %q\nwant %q", x.raw, got, x.want)
		}
		if raw, err := Parse(text, []byte(x.raw), x.dir); err != nil || string(raw) != x.raw {
			t.Errorf("%q became %q, %v", x.raw, raw, err)
		}
	}
}

func TestParse(t *testing.T) {
	for _, x := range []struct {
		what       string
		dir        capture.Direction
		orig, text string
		want       string // what is sent, or what the error contains
	}{
		{"counts follow the text", client, "a1 APPEND X {3}\r\nabc\r\n", "a1 APPEND X {3 #1}\n=== literal 1 CRLF ===\nabcdé\n=== end 1 ===\n", "a1 APPEND X {6}\r\nabcdé\r\n"},
		{"counts are as written", client, "a1 APPEND X {3}\r\nabc\r\n", "# keep: counts\na1 APPEND X {9 #1}\n=== literal 1 ===\nabc\n=== end 1 ===\n", "a1 APPEND X {9}\r\nabc\r\n"},
		{"a new literal", client, "a1 LOGIN fred x\r\n", "a1 LOGIN {#7} {+#2}\n=== literal 2 ===\nx y\n=== end 2 ===\n=== literal 7 LF ===\nfred\n\n=== end 7 ===\n", "a1 LOGIN {5}\r\nfred\n {3+}\r\nx y\r\n"},
		{"the tag is restored", client, "a1 NOOP\r\n", "a2 CHECK\n", "a1 CHECK\r\n"},
		{"the tag is as written", client, "a1 NOOP\r\n", "# keep: tag, number\r\na2 CHECK\r\n", "a2 CHECK\r\n"},
		{"the tag of a response that has data before it", server, "a1 OK done\r\n", "* 5 EXISTS\nx NO [ALERT] x\n", "* 5 EXISTS\r\na1 NO [ALERT] x\r\n"},
		{"no tag in the place of the star", server, "a1 OK done\r\n", "* BYE\n", "* BYE\r\n"},
		{"the number of a message is restored", server, "* 3 FETCH (FLAGS ())\r\n", "* 4 FETCH (FLAGS (\\Seen))\n", "* 3 FETCH (FLAGS (\\Seen))\r\n"},
		{"the number of a message is as written", server, "* 3 FETCH (FLAGS ())\r\n", "# keep: number\n* 4 FETCH (FLAGS ())\n", "* 4 FETCH (FLAGS ())\r\n"},
		{"a count of messages may change", server, "* 3 EXISTS\r\n", "* 4 EXISTS\n", "* 4 EXISTS\r\n"},
		{"DONE has no tag", client, "DONE\r\n", "STOP\n", "STOP\r\n"},
		{"no end, as written", client, "a1 NOOP\r\n", "# keep: end\na1 NO\n", "a1 NO"},

		{"an announcement without text", client, "a1 NOOP\r\n", "\na1 LOGIN {5}\n", "line 2: {5} announces a literal"},
		{"a missing block", client, "a1 NOOP\r\n", "a1 LOGIN {#1}\n", "line 1: literal 1 is announced, but"},
		{"a block twice", client, "a1 NOOP\r\n", "a1 LOGIN {#1} {#1}\n=== literal 1 ===\n=== end 1 ===\n", "line 1: literal 1 is announced twice"},
		{"an unused block", client, "a1 NOOP\r\n", "a1 NOOP\n=== literal 1 ===\n=== end 1 ===\n", "line 2: no line announces"},
		{"a block without end", client, "a1 NOOP\r\n", "a1 LOGIN {#1}\n=== literal 1 ===\nabc", "line 2: literal 1 has no end"},
		{"a forged end", client, "a1 NOOP\r\n", "a1 LOGIN {#1}\n=== literal 1 ===\n=== x\n=== end 1 ===\n", "line 3: literal 1 has no end before this line"},
		{"literals in human-readable text", server, "a1 OK x\r\n", "a1 OK {#1}\n=== literal 1 ===\n=== end 1 ===\n", "line 1: a literal cannot be announced here"},
		{"a line end within a line", client, "a1 NOOP\r\n", `a1 NOOP\x0aa2 LOGOUT` + "\n", "line 1: this is more than one message"},
		{"nothing", client, "a1 NOOP\r\n", "# only a comment\n", "no message is left"},
		{"a control character", client, "a1 NOOP\r\n", "a1 \x1bNOOP\n", `line 1: a control character is written \x1b`},
		{"an unknown secret", client, "a1 NOOP\r\n", `a1 \{secret 1}`, "line 1: the message has no secret 1"},
		{"an unknown option", client, "a1 NOOP\r\n", "# keep: calm\na1 NOOP\n", `line 1: "calm" cannot be kept`},
		{"an option too late", client, "a1 NOOP\r\n", "a1 NOOP\n# keep: tag\n", "line 2: this line goes before"},
	} {
		raw, err := Parse([]byte(x.text), []byte(x.orig), x.dir)
		if got := string(raw); err == nil && got != x.want || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: got %q, %v\nwant %q", x.what, got, err, x.want)
		}
	}
}

func TestSecretsAreLeftOut(t *testing.T) {
	raw := []byte("a1 LOGIN fred {9}\r\nse\r\ncret \r\n")
	secret := wire.Span{Start: 19, End: 28}
	text := Format(raw, client, secret)
	if got, want := body(text), "a1 LOGIN fred {9 #1}\n=== literal 1 CRLF ===\n\\{secret 1}\n=== end 1 ===\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	changed := bytes.Replace(text, []byte("fred"), []byte("anna"), 1)
	if got, err := Parse(changed, raw, client, secret); err != nil || string(got) != "a1 LOGIN anna {9}\r\nse\r\ncret \r\n" {
		t.Errorf("%q, %v", got, err)
	}
	changed = bytes.ReplaceAll(text, []byte(`\{secret 1}`), []byte("new"))
	if got, err := Parse(changed, raw, client, secret); err != nil || string(got) != "a1 LOGIN fred {3}\r\nnew\r\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestSecretsAcrossLines checks that a secret is left out that is not where a decoder finds one.
func TestSecretsAcrossLines(t *testing.T) {
	raw := []byte("a1 LOGIN fred {6}\r\nsecret SECRET\r\na2 LOGIN\r\n")
	secrets := []wire.Span{{Start: 30, End: 38}, {Start: 10, End: 31}}
	text := Format(raw, client, secrets...)
	want := "a1 LOGIN f\\{secret 1}{6 #1}\\{secret 3}\\{secret 4}\n=== literal 1 CRLF ===\n\\{secret 2}\n=== end 1 ===\n\\{secret 5}OGIN\n"
	if got := body(text); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if got, err := Parse(text, raw, client, secrets...); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestTextIsBounded(t *testing.T) {
	if _, err := Parse(make([]byte, MaxText+1), []byte("a1 NOOP\r\n"), client); err == nil {
		t.Error("a text over the limit was read")
	}
}

// pieces are what generated messages are made of: what has a meaning in the text, or on the wire.
var pieces = []string{
	"a1", " ", "*", "+", "OK", "3", "FETCH", "NOOP", "DONE", "\r\n", "\n", "\r", "{0}\r\n", "{3}\r\nabc", "{5+}\r\n\r\n\n\r\n",
	"~{2}\n\n\r", "{9}\r\n", `\`, `\x`, `\x41`, `\{`, `\{secret 1}`, "{", "{1 #1}", "#", "=", "===", "\n=== end 1 ===\r\n", "}", `"`,
	"\x00", "\x7f", "\x80", "é", "\u202e", "\t", "4", "1", "# keep: counts\r\n", "secret",
}

// roundTrip checks that a text gives the bytes that it was made of, and is inert.
func roundTrip(tb interface{ Fatalf(string, ...any) }, raw []byte, dir capture.Direction, secrets ...wire.Span) {
	text := Format(raw, dir, secrets...)
	for i, r := range string(text) {
		if r == utf8.RuneError || r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			tb.Fatalf("%q: the text has %q at %d", raw, r, i)
		}
	}
	got, err := Parse(text, raw, dir, secrets...)
	if err != nil || !bytes.Equal(got, raw) {
		tb.Fatalf("%q became %q, %v; text:\n%s", raw, got, err, text)
	}
}

func TestParseUndoesFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), ""))
		dir := capture.Direction(rapid.IntRange(0, 1).Draw(t, "dir"))
		var secrets []wire.Span
		for range rapid.IntRange(0, 3).Draw(t, "secrets") {
			from := rapid.IntRange(0, len(raw)).Draw(t, "start")
			secrets = append(secrets, wire.Span{Start: from, End: rapid.IntRange(from, len(raw)).Draw(t, "end")})
		}
		roundTrip(t, raw, dir, secrets...)
	})
}

func FuzzParseUndoesFormat(f *testing.F) {
	f.Add([]byte(strings.Join(pieces, "")), true)
	f.Add([]byte("* 1 FETCH (RFC822 {3}\r\nabc)\r\n"), false)
	f.Fuzz(func(t *testing.T, raw []byte, client bool) {
		dir := server
		if client {
			dir = capture.ClientToServer
		}
		roundTrip(t, raw, dir)
	})
}

// FuzzParse checks that a text that is accepted becomes whole messages.
func FuzzParse(f *testing.F) {
	f.Add("a1 LOGIN {#7} {+#2}\n=== literal 2 ===\nx\n=== end 2 ===\n=== literal 7 LF ===\n=== end 7 ===\n", true)
	f.Add("# keep: tag\n* 3 FETCH (RFC822 {3 #1 \\x0a})\n=== literal 1 ===\nx\n=== end 1 ===\n", false)
	f.Fuzz(func(t *testing.T, text string, fromClient bool) {
		orig, dir := []byte("a1 NOOP\r\n"), client
		if !fromClient {
			orig, dir = []byte("* 3 FETCH (FLAGS ())\r\n"), server
		}
		raw, err := Parse([]byte(text), orig, dir)
		if err != nil || strings.Contains(text, keepLine) {
			return
		}
		for at := 0; at < len(raw); {
			m, n := wire.Split(raw[at:], fromClient)
			for _, l := range m.Literals {
				if l.State != wire.Complete {
					t.Fatalf("%q: a literal is not complete", raw)
				}
			}
			if at += n; raw[at-1] != '\n' {
				t.Fatalf("%q has no end", raw)
			}
		}
	})
}
