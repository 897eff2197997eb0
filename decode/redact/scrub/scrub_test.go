package scrub

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/pcap"
	"imapscope/capture/shared"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/samples"
)

var (
	testKey = Key{1, 2, 3}
	began   = time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
)

func TestSamples(t *testing.T) {
	for _, name := range samples.Names() {
		t.Run(name, func(t *testing.T) {
			b, err := samples.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			in := new(tape)
			if err := pcap.Stream(bytes.NewReader(b), name, pcap.Options{}).Run(context.Background(), in); err != nil {
				t.Fatal(err)
			}
			out, s := scrubbed(t, in)
			if s.Report().Words == 0 || s.Report().Beyond > 0 {
				t.Errorf("%+v", s.Report())
			}
			var o sides
			if err := out.play(&o); err != nil {
				t.Fatal(err)
			}
			for dir := range o {
				for _, w := range []string{"fred", "secret", "lab.example", "meeting"} {
					if bytes.Contains(bytes.ToLower(o[dir].Bytes()), []byte(w)) {
						t.Errorf("%q was not replaced", w)
					}
				}
			}
		})
	}
}

// TestCaptures checks other recordings, of which nothing is kept.
func TestCaptures(t *testing.T) {
	for _, file := range shared.Glob(t, "lab/*.*", "public/imap/*.*") {
		if ext := filepath.Ext(file); ext == ".md" || ext == ".tsv" {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			in := new(tape)
			if err := (decode.OpenedSource{Source: pcap.Files([]string{file}, pcap.Options{})}).Run(context.Background(), in); err != nil {
				t.Logf("as far as it can be read: %v", err)
			}
			scrubbed(t, in)
		})
	}
}

// script makes a tape of a transcript, with a chunk for each line, or chunks of cut
// bytes.
func script(t testing.TB, text string, cut int) *tape {
	t.Helper()
	ps, err := decodetest.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	in := new(tape)
	at := began
	capturetest.To(in).Open(capture.Conn{ID: 1, Start: at, Client: netip.MustParseAddrPort("130.55.1.9:1066"), Server: netip.MustParseAddrPort("[fe80::1]:143")})
	var off [2]int64
	for _, p := range ps {
		if p.Lost > 0 {
			at = at.Add(time.Millisecond)
			capturetest.To(in).Gap(1, p.Dir, at, off[p.Dir], p.Lost)
			off[p.Dir] += p.Lost
		}
		for len(p.Data) > 0 {
			n := len(p.Data)
			if cut > 0 {
				n = min(n, cut)
			}
			at = at.Add(time.Millisecond)
			in.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: p.Dir, Time: at, Off: off[p.Dir], Data: p.Data[:n]})
			off[p.Dir] += int64(n)
			p.Data = p.Data[n:]
		}
	}
	capturetest.To(in).Close(1, at, capture.FIN)
	return in
}

// mailOf is a message in which every personal word begins with "zq".
const mailOf = `Return-Path: <zqfred@zqhost.zqdom>
Received: from zqrelay.zqdom ([10.1.2.3]) by zqhost; Wed, 1 Aug 90 12:00:00 PDT
Date: Wed, 1 Aug 90 12:00:00 -0700
From: "Zqfred Zqlast" <zqfred@zqhost.zqdom>
Subject: =?iso-8859-1?Q?zqsubject?= ZQWORD
Message-ID: <zqid.1@zqhost>
X-Zqfield: zqvalue
Content-Type: text/plain; charset=us-ascii; name="zqfile"
 zqfolded

zqbody, zqfred Zqmore
Zqlabel: 555-1234
`

// planted returns a session with such words wherever personal data can be.
func planted() string {
	mail := strings.ReplaceAll(mailOf, "\n", "\r\n")
	literal := func(s string) string { return fmt.Sprintf("{%d}\r\n%s", len(s), s) }
	lines := func(side, s string) string {
		return side + "| " + strings.NewReplacer("\r", `\x0d`, "\n", `\x0a`).Replace(s) + "\n"
	}
	return "S: * OK zqhost.zqdom IMAP2 Service ready, zqadmin\n" +
		"C: a1 LOGIN zqwrong zqpass\nS: a1 NO Bad zqwrong user name or password\n" +
		"C: a2 AUTHENTICATE PLAIN\nS: + \nC: AHpxZnJlZAB6cXBhc3M=\nS: a2 NO not zqfred\n" +
		"C: a3 LOGIN \"zqfred\" {6}\nS: + Ready for zqfred\nC: zqpass\nS: a3 OK User zqfred logged in from 10.1.2.3\n" +
		"C: a4 FIND MAILBOXES zqbox*\nS: * MAILBOX zqbox.zqsub\nS: a4 OK done\n" +
		"C: a5 SELECT \"zqbox/zqsub\"\nS: * FLAGS (\\Answered \\Seen zqflag)\nS: * 3 EXISTS\nS: * 0 RECENT\nS: a5 OK [READ-WRITE] zqbox selected\n" +
		"C: a6 SEARCH FROM zqfred KEYWORD zqflag SUBJECT \"zqsubject zqword\" SINCE 1-Aug-90\nS: * SEARCH 2\nS: a6 OK done\n" +
		"C: a7 FETCH 2 (RFC822.SIZE INTERNALDATE ENVELOPE RFC822)\n" +
		lines("S", `* 2 FETCH (RFC822.SIZE `+fmt.Sprint(len(mail))+` INTERNALDATE " 1-Aug-90 12:00:00-PDT" ENVELOPE ("Wed, 1 Aug 90 12:00:00 -0700" "zqsubject" (("Zqfred Zqlast" "@zqroute" "zqfred" "zqhost.zqdom")) NIL NIL (("zqsue" NIL "zqsue" "zqdom")) NIL NIL "<zqreply@zqhost>" "<zqid.1@zqhost>") RFC822 `+literal(mail)+")\r\n") +
		"S: a7 OK FETCH completed\n" +
		"C: a8 STORE 2 +FLAGS zqflag\nS: * 2 FETCH (FLAGS (\\Seen zqflag))\nS: a8 OK done\n" +
		"C: a9 COPY 2 zqcopy\nS: a9 NO [TRYCREATE] zqcopy: no such mailbox\n" +
		"C: a10 ZQCOMMAND zqarg\nS: a10 BAD Unknown command ZQCOMMAND\n" +
		"C: Zqdear zqsue, zqhello\nS: Zqdear BAD Unknown command ZQSUE\n" +
		lines("C", "a11 APPEND zqbox "+literal(mail)+"\r\n") +
		"S: + go\nS: a11 OK done\n" +
		"S: zqjunk zqjunk zqjunk\n" +
		"S: * LIST () \"/\" zqlisted\nS: * X-ZQDATA zqdata \"zqquoted\"\nS: * STATUS zqbox (MESSAGES 3)\n" +
		"C: a12 FETCH 2 (BODY.PEEK[HEADER.FIELDS (To X-Zqfield)])\nS: * 2 FETCH (BODY[HEADER.FIELDS (To X-Zqfield)] \"zqto: zqv\" BODY (\"TEXT\" \"PLAIN\" (\"NAME\" \"zqfile\") NIL \"zqdescription\" \"7BIT\" 12 3))\nS: a12 OK done\n" +
		"C: a13 LOGOUT\nS: * BYE zqfred\nS: a13 OK done\n"
}

// TestPersonalWordsAreReplaced checks that no personal word of the planted session is
// left, however it is cut, and that the words of the protocol stay.
func TestPersonalWordsAreReplaced(t *testing.T) {
	var first string
	for _, cut := range []int{0, 1, 7, 100} {
		out, s := scrubbed(t, script(t, planted(), cut))
		var o sides
		if err := out.play(&o); err != nil {
			t.Fatal(err)
		}
		all := o[0].String() + o[1].String()
		if i := strings.Index(strings.ToLower(all), "zq"); i >= 0 {
			t.Errorf("cut %d: still there: %q", cut, all[max(0, i-30):i+20])
		}
		for _, w := range []string{"10.1.2.3", "555", "1234", "AHpxZnJlZAB6cXBhc3M"} {
			if strings.Contains(all, w) {
				t.Errorf("cut %d: %s was not replaced", cut, w)
			}
		}
		for _, w := range []string{
			"a5 SELECT \"", "IMAP2 Service ready, ", "user name or password", "FETCH 2 (RFC822.SIZE INTERNALDATE ENVELOPE RFC822)",
			`" 1-Aug-90 12:00:00-PDT"`, `("Wed, 1 Aug 90 12:00:00 -0700" "`, "\r\nReceived: ", "\r\nDate: Wed, 1 Aug 90 12:00:00 -0700\r\n",
			"Content-Type: text/plain; charset=us-ascii; name=\"", "=?iso-8859-1?Q?", `+FLAGS `, "[TRYCREATE]", " SINCE 1-Aug-90", "(\"TEXT\" \"PLAIN\" (\"NAME\" \"",
			"Unknown command ", `(\Answered \Seen `, "STATUS ", "(MESSAGES 3)", "HEADER.FIELDS (To X-",
		} {
			if !strings.Contains(all, w) {
				t.Errorf("cut %d: %q is not there any more:\n%s", cut, w, all)
			}
		}
		if first == "" {
			first = all
			t.Log(all)
		} else if all != first {
			t.Errorf("cut %d: other substitutes than uncut", cut)
		}
		for _, k := range Kinds() {
			if s.Report().Replaced[k] == 0 {
				t.Errorf("cut %d: no %s", cut, k)
			}
		}
	}
}

// TestSameWordHasTheSameSubstitute checks that the same word has the same substitute, ignoring case, and
// that different words have different ones.
func TestSameWordHasTheSameSubstitute(t *testing.T) {
	w := newWords(testKey)
	one := func(s string) string {
		b := []byte(s)
		w.replace(b)
		return string(b)
	}
	if a, b := one("fred smith9, Fred"), one("FRED"); !strings.EqualFold(a[:4], b) || a[:4] != strings.ToLower(a[13:]) || b != strings.ToUpper(b) {
		t.Errorf("%q and %q", a, b)
	}
	met := make(map[string]string)
	for i := range 3000 {
		s := fmt.Sprintf("w%03x", i)
		got := one(s)
		if old, ok := met[got]; ok {
			t.Fatalf("%s and %s both become %s", s, old, got)
		}
		met[got] = s
		if one(s) != got {
			t.Fatalf("%s has two substitutes", s)
		}
	}
	for _, s := range []string{"\xff\xe9t\xe9", "été", "日本語", "\u202e", "a\u200bb", "😀", "\x80\x81"} {
		got := one(s)
		if len(got) != len(s) || strings.Contains(got, "日") || strings.Contains(got, "é") {
			t.Errorf("%q became %q", s, got)
		}
		if strings.Contains(s, "\u202e") != strings.Contains(got, "\u202e") {
			t.Errorf("%q became %q", s, got)
		}
	}
	other := newWords(Key{9})
	b := []byte("fred")
	other.replace(b)
	if string(b) == one("fred") {
		t.Error("the key does not matter")
	}
}

// TestCheckFindsTheWordThatWasMissed checks that a word that was replaced in one place but not in another is
// found, however it is cut.
func TestCheckFindsTheWordThatWasMissed(t *testing.T) {
	out, s := scrubbed(t, script(t, planted(), 0))
	for _, text := range []string{"S: * OK zqfred", "S: Zqlast", "C| zqpa\nC| ss", "S: zqid.9", "S| zqbody"} {
		bad := script(t, text+"\n", 0)
		both := new(tape)
		both.Events = slices.Concat(out.Events[:len(out.Events)-1], bad.Events[1:])
		err := both.play(s.Check())
		if err == nil {
			t.Errorf("%q was not found", text)
		} else if strings.Contains(strings.ToLower(err.Error()), "zq") {
			t.Errorf("the error contains the word: %v", err)
		}
	}
	bad := new(tape)
	capturetest.To(bad).Open(capture.Conn{ID: 1, Client: netip.MustParseAddrPort("130.55.1.9:1"), Server: netip.MustParseAddrPort("127.0.0.1:143")})
	if bad.play(s.Check()) == nil {
		t.Error("the address was not found")
	}
}

func TestHosts(t *testing.T) {
	var h hosts
	for _, c := range [][2]string{
		{"130.55.1.9", "192.0.2.1"},
		{"10.0.0.1", "192.0.2.2"},
		{"130.55.1.9", "192.0.2.1"},
		{"127.0.0.1", "127.0.0.1"},
		{"::1", "::1"},
		{"fe80::1%eth0", "2001:db8::1"},
		{"::ffff:130.55.1.9", "::ffff:192.0.2.1"},
		{"2001:db8::77", "2001:db8::2"},
	} {
		if got := h.addr(netip.MustParseAddr(c[0])); got != netip.MustParseAddr(c[1]) {
			t.Errorf("%s became %s, not %s", c[0], got, c[1])
		}
	}
	met := make(map[netip.Addr]bool)
	for i := range uint32(2000) {
		a := nthIPv4(i)
		if met[a] {
			t.Fatalf("%s twice", a)
		}
		met[a] = true
	}
	if h.n() != 4 {
		t.Errorf("%d addresses", h.n())
	}
}

// TestLongMessage checks that a message too long to hold is blanked, and that the next
// one is understood again.
func TestLongMessage(t *testing.T) {
	body := strings.Repeat("zqbody 12345\r\n", 1000)
	text := "S: * OK hi\nC: a1 LOGIN fred secret\nS: a1 OK in\nC: a2 FETCH 1 RFC822\n" +
		fmt.Sprintf("S| * 1 FETCH (RFC822 {%d}\\x0d\\x0a%s RFC822.TEXT {%d}\\x0d\\x0a%s FLAGS ())\\x0d\\x0a\n",
			len(body), strings.ReplaceAll(body, "\r\n", `\x0d\x0a`), len(body), strings.ReplaceAll(body, "\r\n", `\x0d\x0a`)) +
		"S: a2 OK done\nC: a3 SELECT zqbox\nS: a3 OK done\n" +
		"C| a4 APPEND zqbox {9000}\\x0d\\x0a\nS: + go\nC| " + strings.Repeat("zqlong-word", 9000/11) + "zq\n" +
		"C: \nS: a4 OK done\nC: a5 LOGOUT\nS: * BYE zqfred\nS: a5 OK done\n"
	for _, cut := range []int{100, 999} {
		in, out := script(t, text, cut), new(tape)
		s := New(out, testKey)
		s.limit = 4096
		most := 0
		for i := range in.Events {
			if err := s.Event(&in.Events[i]); err != nil {
				t.Fatal(err)
			}
			for _, c := range s.conns {
				most = max(most, c.held)
			}
		}
		if most > 4096 {
			t.Errorf("%d bytes were held", most)
		}
		if d := cmp.Diff(summaryOf(t, in), summaryOf(t, out)); d != "" {
			t.Errorf("events: -in +out\n%s", d)
		}
		var o sides
		if err := out.play(&o); err != nil {
			t.Fatal(err)
		}
		all := o[0].String() + o[1].String()
		if i := strings.Index(all, "zq"); i >= 0 {
			t.Errorf("still there: %q", all[max(0, i-30):i+20])
		}
		if strings.Contains(all, "12345") || !strings.Contains(all, "a5 LOGOUT") || !strings.Contains(all, " FLAGS") && s.Report().Blanked == 0 {
			t.Errorf("%+v", s.Report())
		}
	}
}

// TestTLS checks that records keep only their headers.
func TestTLS(t *testing.T) {
	text := "S: * OK hi\nC: a1 STARTTLS\nS: a1 OK go\n" +
		`C| \x16\x03\x01\x00\x08zqhostzq\x17\x03\x03\x00\x04abcd` + "\n" +
		`S| \x16\x03\x03\x00\x06zqcert\x17\x03\x03\x00\x03xyz` + "\n"
	for _, cut := range []int{0, 1, 3} {
		out, _ := scrubbed(t, script(t, text, cut))
		var o sides
		if err := out.play(&o); err != nil {
			t.Fatal(err)
		}
		want := "a1 STARTTLS\r\n\x16\x03\x01\x00\x08xxxxxxxx\x17\x03\x03\x00\x04xxxx"
		if got := o[capture.ClientToServer].String(); got != want {
			t.Errorf("cut %d: %q, not %q", cut, got, want)
		}
		if got := o[capture.ServerToClient].String(); !strings.HasSuffix(got, "\x16\x03\x03\x00\x06xxxxxx\x17\x03\x03\x00\x03xxx") {
			t.Errorf("cut %d: %q", cut, got)
		}
	}
}

// FuzzScrub checks for any input that chunk boundaries stay, that no byte of a personal
// word is left, and that Check agrees.
func FuzzScrub(f *testing.F) {
	f.Add([]byte(planted()), uint8(0))
	f.Add([]byte("C: a1 LOGIN zqfred {6}\nS: + \nC! 3\nC: zqpass\nS: a1 OK\n"), uint8(3))
	f.Add([]byte("S: * 1 FETCH (BODY[TEXT]<0> {20}\nS: zqhello\nS! 11\nS: )\n"), uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, cut uint8) {
		ps, err := decodetest.Parse(string(text))
		if err != nil || len(ps) > 200 {
			t.Skip()
		}
		in, out := script(t, string(text), int(cut)), new(tape)
		s := New(out, testKey)
		s.limit = 2048
		if err := in.play(s); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(shapeOf(t, in), shapeOf(t, out)); d != "" {
			t.Errorf("chunks: -in +out\n%s", d)
		}
		if err := out.play(s.Check()); err != nil {
			t.Error(err)
		}
	})
}

// BenchmarkScrub measures scrubbing fetched mail, per byte.
func BenchmarkScrub(b *testing.B) {
	mail := strings.ReplaceAll(mailOf, "\n", "\r\n")
	mail += strings.Repeat("A line of mail, as they are, with a number like 1990 in it.\r\n", 100)
	answer := fmt.Appendf(nil, "* 1 FETCH (RFC822 {%d}\r\n%s)\r\n", len(mail), mail)
	s := New(new(sides), testKey)
	if err := capturetest.To(s).Open(capture.Conn{ID: 1}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		s.next.(*sides)[1].Reset()
		if err := s.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: capture.ServerToClient, Data: answer}); err != nil {
			b.Fatal(err)
		}
	}
}
