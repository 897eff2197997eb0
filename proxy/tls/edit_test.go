package tls

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"imapscope/decode/wire"
)

func TestEdit(t *testing.T) {
	strip := offer{strip: []string{"IDLE", "Compress=Deflate"}}
	tests := []struct {
		offer    offer
		greeting bool
		line     string
		want     string // empty: as it is
		done     string
	}{
		{offer{}, true, "* OK hi\r\n", "", ""},
		{offer{}, true, "* OK [CAPABILITY A STARTTLS B] hi\r\n", "* OK [CAPABILITY A B] hi\r\n", "edited: removed STARTTLS in the greeting"},
		{offer{}, true, "* ok [Capability starttls] hi\n", "* ok [Capability] hi\n", "edited: removed STARTTLS in the greeting"},
		{offer{}, true, "* OK [CAPABILITY STARTTLS LOGINDISABLED] hi\r\n", "* OK [CAPABILITY LOGINDISABLED] hi\r\n", "edited: removed STARTTLS in the greeting"},
		{offer{stale: true}, true, "* OK [CAPABILITY STARTTLS  LOGINDISABLED X] hi\r\n", "* OK [CAPABILITY X] hi\r\n", "edited: removed STARTTLS and LOGINDISABLED in the greeting"},
		{offer{startTLS: true}, true, "* OK [CAPABILITY A B ] hi\r\n", "* OK [CAPABILITY A B STARTTLS ] hi\r\n", "edited: added STARTTLS in the greeting"},
		{offer{startTLS: true}, true, "* OK [CAPABILITY A StartTLS] hi\r\n", "", ""},
		{offer{startTLS: true}, true, "* OK [CAPABILITY] hi\r\n", "* OK [CAPABILITY STARTTLS] hi\r\n", "edited: added STARTTLS in the greeting"},
		{offer{}, true, "* OK [CAPABILITY A STARTTLS hi\r\n", "", ""},
		{offer{}, true, "* OK CAPABILITY A STARTTLS\r\n", "", ""},
		{offer{}, true, "* OK [CAPABILITYX STARTTLS] hi\r\n", "", ""},
		{offer{}, false, "* CAPABILITY A STARTTLS\r\n", "* CAPABILITY A\r\n", "edited: removed STARTTLS in CAPABILITY data"},
		{offer{}, false, "*  capability  STARTTLS A\r\n", "*  capability A\r\n", "edited: removed STARTTLS in CAPABILITY data"},
		{offer{}, false, "* CAPABILITY A XSTARTTLS STARTTLSX AUTH=STARTTLS\r\n", "", ""},
		{offer{startTLS: true}, false, "* CAPABILITY A XSTARTTLS\n", "* CAPABILITY A XSTARTTLS STARTTLS\n", "edited: added STARTTLS in CAPABILITY data"},
		{offer{stale: true}, false, "* CAPABILITY LOGINDISABLED\r\n", "* CAPABILITY\r\n", "edited: removed LOGINDISABLED in CAPABILITY data"},
		{offer{}, false, "a OK [CAPABILITY STARTTLS] hi\r\n", "", ""},
		{offer{}, false, "* OK [CAPABILITY STARTTLS] hi\r\n", "", ""},
		{offer{}, false, "* 1 EXISTS\r\n", "", ""},
		{strip, true, "* OK [CAPABILITY A compress=deflate] hi\r\n", "* OK [CAPABILITY A] hi\r\n", "edited: removed COMPRESS=DEFLATE in the greeting"},
		{strip, true, "* PREAUTH [CAPABILITY COMPRESS=DEFLATE STARTTLS] hi\r\n", "* PREAUTH [CAPABILITY STARTTLS] hi\r\n", "edited: removed COMPRESS=DEFLATE in a response code"},
		{strip, false, "* CAPABILITY IDLE COMPRESS=DEFLATE STARTTLS\r\n", "* CAPABILITY\r\n", "edited: removed IDLE and COMPRESS=DEFLATE and STARTTLS in CAPABILITY data"},
		{strip, false, "a1 OK [CAPABILITY A IDLE STARTTLS] in\r\n", "a1 OK [CAPABILITY A STARTTLS] in\r\n", "edited: removed IDLE in a response code"},
		{strip, false, "* OK [CAPABILITY IDLE] now\r\n", "* OK [CAPABILITY] now\r\n", "edited: removed IDLE in a response code"},
		{strip, false, "a1 OK [CAPABILITY COMPRESS=DEFLATE2 XIDLE] in\r\n", "", ""},
		{strip, false, "a1 OK [CAPABILITY IDLE in\r\n", "", ""},
		{strip, false, "a1 OK CAPABILITY IDLE\r\n", "", ""},
		{offer{strip: strip.strip, through: true}, false, "* CAPABILITY IDLE STARTTLS\r\n", "* CAPABILITY STARTTLS\r\n", "edited: removed IDLE in CAPABILITY data"},
	}
	for _, test := range tests {
		got, done := test.offer.edit([]byte(test.line), test.greeting)
		want := test.want
		if want == "" {
			want = test.line
		}
		if string(got) != want || done != test.done {
			t.Errorf("%+v, %q: %q, %q, want %q, %q", test.offer, test.line, got, done, want, test.done)
		}
	}
}

// FuzzEdit checks that nothing of a line changes except the two words.
func FuzzEdit(f *testing.F) {
	for _, line := range []string{
		"* OK [CAPABILITY A STARTTLS B LOGINDISABLED] hi\r\n", "* CAPABILITY  X STARTTLS  Y \r\n", "* OK hi\r\n", "* CAPABILITY\n", "* capability starttls",
	} {
		f.Add([]byte(line), true, false, false)
		f.Add([]byte(line), false, true, true)
	}
	words := func(b []byte) []string {
		return slices.DeleteFunc(strings.FieldsFunc(string(b), func(r rune) bool { return r == ' ' }), func(w string) bool {
			w = strings.TrimRight(w, "\r\n")
			return strings.EqualFold(w, "STARTTLS") || strings.EqualFold(w, "LOGINDISABLED")
		})
	}
	f.Fuzz(func(t *testing.T, line []byte, greeting, startTLS, stale bool) {
		before := bytes.Clone(line)
		o := offer{startTLS: startTLS, stale: stale}
		got, done := o.edit(line, greeting)
		if !bytes.Equal(line, before) {
			t.Fatal("the line itself was changed")
		}
		if done == "" && !bytes.Equal(got, line) {
			t.Fatalf("%q became %q, and no edit is reported", line, got)
		}
		if len(got) > len(line)+len(" STARTTLS") {
			t.Fatalf("%q became %q", line, got)
		}
		// In the greeting a "]" directly follows the last word.
		split := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("]"), []byte(" ] ")) }
		if a, b := words(split(got)), words(split(line)); !slices.Equal(trimmed(a), trimmed(b)) {
			t.Fatalf("%q became %q", line, got)
		}
		if again, done := o.edit(got, greeting); done != "" {
			t.Fatalf("%q became %q, and then %q", line, got, again)
		}
	})
}

// trimmed returns words without line ends: one may have followed a removed word.
func trimmed(words []string) []string {
	s := strings.Join(words, " ")
	return strings.Fields(strings.NewReplacer("\r", " ", "\n", " ").Replace(s))
}

// A line is held only while it may still be one that matters.
func TestLinesAreHeldOnlyAsLongAsNeeded(t *testing.T) {
	type step struct{ in, out string }
	server := []step{
		{"* O", ""}, {"K [C", ""}, {"APABILITY A STARTT", ""}, {"LS] hi\r", ""}, {"\n", "* OK [CAPABILITY A] hi\r\n"},
		{"*", ""}, {" ", ""}, {"1", "* 1"}, {" EXISTS\r\n", " EXISTS\r\n"},
		{"* C", ""}, {"APX", "* CAPX"}, {" y\r\n", " y\r\n"},
		{"a OK", "a OK"}, {" done\r\n* ", " done\r\n"}, {"CAPABILITY STARTTLS\r\n+ go\r\n", "* CAPABILITY\r\n+ go\r\n"},
		{"* CAPABILITY {2}\r\n", "* CAPABILITY {2}\r\n"}, {"ab STARTTLS\r\n", "ab STARTTLS\r\n"},
	}
	var s fromServer
	s.init()
	for _, x := range server {
		out, _, over := s.consume([]byte(x.in), &offer{}, func([]byte, bool) bool { return false })
		if string(out) != x.out || over {
			t.Errorf("server sends %q: %q is forwarded, want %q", x.in, out, x.out)
		}
	}
	strip := []step{
		{"* O", ""}, {"K [C", ""}, {"APABILITY A ID", ""}, {"LE] hi\r\n", "* OK [CAPABILITY A] hi\r\n"},
		{"* 1", ""}, {" EX", "* 1 EX"}, {"ISTS\r\n", "ISTS\r\n"}, {"a1", ""}, {" OK", ""}, {" d", "a1 OK d"}, {"one\r\n", "one\r\n"},
		{"+", ""}, {" go\r\n", "+ go\r\n"}, {"\x00\x01", "\x00\x01"}, {"\r\n", "\r\n"},
		{"a2 OK [CAPABILITY IDLE] in\r\n* LIST ", "a2 OK [CAPABILITY] in\r\n* LIST "}, {"x\r\n", "x\r\n"},
		{"* 1 FETCH (RFC822 {30}\r\na1 OK [CAPABILITY IDLE", "* 1 FETCH (RFC822 {30}\r\na1 OK [CAPABILITY IDLE"}, {"] in\r\n12)\r\n", "] in\r\n12)\r\n"},
	}
	s = fromServer{}
	s.init()
	for _, x := range strip {
		out, _, over := s.consume([]byte(x.in), &offer{strip: []string{"IDLE"}}, func([]byte, bool) bool { return false })
		if string(out) != x.out || over {
			t.Errorf("with --strip, server sends %q: %q is forwarded, want %q", x.in, out, x.out)
		}
	}
	client := []struct{ in, out, starttls string }{
		{"a", "", ""}, {" N", "a N", ""}, {"OOP\r\n", "OOP\r\n", ""},
		{"b ST", "", ""}, {"ORE 1 +FLAGS x\r\n", "b STORE 1 +FLAGS x\r\n", ""},
		{"c STARTTLSX\r\nd", "c STARTTLSX\r\n", ""}, {" LOGIN {3}\r\n", "d LOGIN {3}\r\n", ""}, {"s S", "s S", ""}, {"TARTTLS\r\n", "TARTTLS\r\n", ""},
		{"e starttls\r", "", ""}, {"\n", "", "e starttls\r\n"},
		{"f STARTTLS now\r\n", "", "f STARTTLS now\r\n"},
	}
	var c fromClient
	var p pending
	c.init()
	for _, x := range client {
		out, starttls, rest := c.consume([]byte(x.in), &p, false)
		if string(out) != x.out || string(starttls) != x.starttls || len(rest) > 0 {
			t.Errorf("client sends %q: %q is forwarded, %q is STARTTLS, %q is left, want %q, %q", x.in, out, starttls, rest, x.out, x.starttls)
		}
	}
	if len(p) != 4 {
		t.Errorf("%d commands are pending, want a to d: %v", len(p), p)
	}
}

// A line that is longer than any list of capabilities passes unchanged and is not
// buffered.
func TestOverlongLinePassesUnbuffered(t *testing.T) {
	var s fromServer
	s.init()
	line := "* CAPABILITY STARTTLS " + strings.Repeat("x", 3*maxLine) + "\r\n"
	var got []byte
	for piece := range slices.Chunk([]byte(line), 1000) {
		out, _, _ := s.consume(piece, &offer{}, func([]byte, bool) bool { return false })
		got = append(got, out...)
		if len(s.held) > maxLine+1000 {
			t.Fatalf("%d bytes are held", len(s.held))
		}
	}
	if string(got) != line {
		t.Error("the line was changed")
	}
}

// However the bytes are divided into chunks, the same bytes are forwarded.
func TestChunkingDoesNotMatter(t *testing.T) {
	server := "* OK [CAPABILITY A STARTTLS] hi\r\n* CAPABILITY STARTTLS B\r\na OK x\r\n+ go {3}\r\n" +
		"* 1 FETCH (RFC822 {24}\r\n* CAPABILITY STARTTLS\r\n.)\r\n* CAPABILITY X STARTTLS\nb NO {9}\r\n* BAD\r\n"
	client := "a LOGIN {8}\r\nSTARTTLS {2}\r\nxy\r\nb NOOP\r\n c NOOP\r\nd AUTHENTICATE\r\ne STARTTLSX\r\n"
	cut := func(t *rapid.T, s string) [][]byte {
		var out [][]byte
		for len(s) > 0 {
			n := rapid.IntRange(1, min(len(s), 12)).Draw(t, "n")
			out, s = append(out, []byte(s[:n])), s[n:]
		}
		return out
	}
	tell := func(pieces [][]byte) (string, string) {
		var s fromServer
		s.init()
		var out []byte
		var notes []string
		for _, p := range pieces {
			o, done, _ := s.consume(p, &offer{}, func([]byte, bool) bool { return false })
			out = append(out, o...)
			notes = append(notes, done...)
		}
		return string(append(out, s.release()...)), strings.Join(notes, "\n")
	}
	ask := func(pieces [][]byte) (string, int) {
		c, p := fromClient{}, pending{}
		c.f.Init(true, maxLine, new(wire.Pool))
		var out []byte
		for _, b := range pieces {
			o, starttls, rest := c.consume(b, &p, false)
			out = append(append(append(out, o...), starttls...), rest...)
		}
		return string(append(out, c.release()...)), len(p)
	}
	wantServer, wantNotes := tell([][]byte{[]byte(server)})
	wantClient, wantCommands := ask([][]byte{[]byte(client)})
	if wantClient != client || strings.Count(wantServer, "STARTTLS") != 1 {
		t.Fatalf("%q, %q", wantClient, wantServer)
	}
	rapid.Check(t, func(t *rapid.T) {
		if got, notes := tell(cut(t, server)); got != wantServer || notes != wantNotes {
			t.Fatalf("got %q, %q, want %q, %q", got, notes, wantServer, wantNotes)
		}
		if got, n := ask(cut(t, client)); got != wantClient || n != wantCommands {
			t.Fatalf("got %q and %d commands, want %q and %d", got, n, wantClient, wantCommands)
		}
	})
}
