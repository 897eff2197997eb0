package redact_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/redact"
)

// tape is a sink that keeps what is reported to it.
type tape struct {
	opened []capture.Conn
	chunks []capture.Event
	notes  []string
	causes []capture.Cause
}

func (t *tape) Event(e *capture.Event) error {
	switch e.Kind {
	case capture.Opened:
		t.opened = append(t.opened, *e.Info)
	case capture.Data, capture.Gap:
		t.chunks = append(t.chunks, capturetest.Clone(e))
	case capture.Note:
		t.notes = append(t.notes, e.Text)
	case capture.Closed:
		t.causes = append(t.causes, e.Cause)
	}
	return nil
}

// bytes returns the bytes of one direction; a lost one is "?".
func (t *tape) bytes(dir capture.Direction) []byte {
	var out []byte
	for _, c := range t.chunks {
		if c.Dir == dir {
			out = append(out, bytes.Repeat([]byte("?"), int(c.N))...)
			out = append(out, c.Data...)
		}
	}
	return out
}

var began = time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)

// chunks returns the pieces of a transcript, each cut after cut bytes (0: not cut), a
// millisecond apart.
func chunks(ps []decodetest.Piece, cut int) []capture.Event {
	var out []capture.Event
	var pos [2]int64
	now := began
	for _, p := range ps {
		now = now.Add(time.Millisecond)
		if p.Lost > 0 {
			out = append(out, capture.Event{Kind: capture.Gap, Conn: 1, Dir: p.Dir, Time: now, Off: pos[p.Dir], N: p.Lost})
			pos[p.Dir] += p.Lost
		}
		for b := p.Data; len(b) > 0; {
			n := len(b)
			if cut > 0 {
				n = min(n, cut)
			}
			out = append(out, capture.Event{Kind: capture.Data, Conn: 1, Dir: p.Dir, Time: now, Off: pos[p.Dir], Data: b[:n]})
			pos[p.Dir] += int64(n)
			b = b[n:]
		}
	}
	return out
}

// feed passes chunks to a sink as one connection. Its input is scribbled
// over after each call.
func feed(t rapid.TB, s capture.Sink, midStream bool, cs []capture.Event) {
	t.Helper()
	now := began
	if err := capturetest.To(s).Open(capture.Conn{ID: 1, Start: now, MidStream: midStream}); err != nil {
		t.Fatal(err)
	}
	for _, c := range cs {
		now = c.Time
		c.Data = bytes.Clone(c.Data)
		if err := s.Event(&c); err != nil {
			t.Fatal(err)
		}
		for i := range c.Data {
			c.Data[i] = 'X'
		}
	}
	if err := capturetest.To(s).Close(1, now, capture.FIN); err != nil {
		t.Fatal(err)
	}
}

// mask returns what a Mask makes of chunks, held against what it promises: the same
// bytes in the same order and at the same times, but for those hidden.
func mask(t rapid.TB, midStream bool, cs []capture.Event) *tape {
	t.Helper()
	var was, got tape
	feed(t, &was, midStream, cs)
	feed(t, redact.NewMask(&got), midStream, cs)
	type byteAt struct {
		dir  capture.Direction
		time time.Time
		off  int64
		lost int64
	}
	list := func(cs []capture.Event) (out []byteAt) {
		for _, c := range cs {
			if c.N > 0 {
				out = append(out, byteAt{c.Dir, time.Time{}, c.Off, c.N})
			}
			for i := range c.Data {
				out = append(out, byteAt{c.Dir, c.Time, c.Off + int64(i), 0})
			}
		}
		return out
	}
	if d := cmp.Diff(list(was.chunks), list(got.chunks), cmp.AllowUnexported(byteAt{})); d != "" {
		t.Errorf("bytes differ from those captured:\n%s", d)
	}
	for dir := range capture.Direction(2) {
		a, b := was.bytes(dir), got.bytes(dir)
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] && b[i] != redact.Hidden && b[i] != ' ' && b[i] != '"' {
				t.Errorf("%s's byte %d is %q, was %q", dir, i, b[i], a[i])
			}
		}
	}
	return &got
}

// exchanges returns what a Decoder makes of chunks, in words.
func exchanges(midStream bool, cs []capture.Event) []string {
	var out []string
	d := decode.New(decode.Options{MidStream: midStream})
	see := func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				n := 0
				if e.Txn != nil {
					n = e.Txn.N
				}
				out = append(out, fmt.Sprintf("%s %s %s %s of %d at %d+%d-%d %v", e.Dir, e.Kind, e.Tag, e.Word, n, e.Off, e.Len, e.Lost, e.Time.Sub(began)))
				for _, l := range e.Literals {
					out = append(out, fmt.Sprintf("    {%d} %s %v", l.Size, l.State, l.Waited))
				}
			case *decode.Transaction:
				out = append(out, fmt.Sprintf("%d: %s %s %s %s %v %v %v %d %v", e.N, e.Tag, e.Command, e.Status, e.Outcome, e.Data, e.Literals, e.Octets, e.Lost, e.End.Sub(began)))
			case *decode.Resync:
				out = append(out, fmt.Sprintf("%s resync %d %d", e.Dir, e.Off, e.Skipped))
			case *decode.Upgrade:
				out = append(out, fmt.Sprintf("upgrade %s %d", e.To, e.Off))
			}
		}
	}
	now := began
	for _, c := range cs {
		now = c.Time
		see(d.Event(&c))
	}
	see(d.Close(now, capture.FIN))
	return out
}

// sameExchanges compares what two sequences of chunks mean, "#" being anything.
func sameExchanges(t rapid.TB, midStream bool, was, got []capture.Event) {
	t.Helper()
	a, b := exchanges(midStream, was), exchanges(midStream, got)
	same := len(a) == len(b)
	for i := 0; same && i < len(a); i++ {
		same = alike(a[i], b[i])
	}
	if !same {
		t.Errorf("other exchanges (-captured +handed on):\n%s", cmp.Diff(a, b))
	}
}

func alike(a, b string) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && b[i] != redact.Hidden {
			return false
		}
	}
	return len(a) == len(b)
}

// pieces returns a transcript; it begins with a greeting.
func pieces(t testing.TB, script string) []decodetest.Piece {
	t.Helper()
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// shown returns a tape as a transcript: of each direction what was sent, then "|" for
// the end of a line.
func shown(tp *tape, dir capture.Direction) string {
	return strings.ReplaceAll(string(tp.bytes(dir)), "\r\n", "|")
}

func TestMask(t *testing.T) {
	for _, c := range []struct{ name, script, client, server string }{
		{"LOGIN", "C: a LOGIN fred secret\nS: a OK in\nC: b NOOP\nS: b OK secret", "a LOGIN fred ######|b NOOP|", "a OK in|b OK ######|"},
		{"repeated", "C: a LOGIN fred secret\nS: a NO no\nC: b SEARCH TEXT secret\nC: c SELECT \"my Secret\"\nC: d COPY 1 xsecretx\nC: e secret\nS: e BAD secret",
			"a LOGIN fred ######|b SEARCH TEXT ######|c SELECT \"my ######\"|d COPY 1 x######x|# ######|", "a NO no|# BAD ######|"},
		{"repeated as a user", "C: a LOGIN fred secret\nS: a NO no\nC: b LOGIN secret fred\nS: b NO no", "a LOGIN fred ######|b LOGIN ###### ####|", "a NO no|b NO no|"},
		{"repeated as a tag", "C: a LOGIN fred secret\nS: a NO no\nC: secret NOOP\nS: secret OK done", "a LOGIN fred ######|###### NOOP|", "a NO no|###### OK done|"},
		{"repeated in a literal", "C: a LOGIN fred secret\nS: a NO no\nC: b SELECT {9}\nS: + go\nC: my secret\nC: c SEARCH TEXT {6}\nS: + go\nC: secret FROM secret\nS: c OK",
			"a LOGIN fred ######|b SELECT {9}|my ######|c SEARCH TEXT {6}|###### FROM ######|", "a NO no|+ go|+ go|c OK|"},
		{"quoted", `C: a LOGIN "fr ed" "my \"secret"`, `a LOGIN "fr ed" #############|`, ""},
		{"a quoted string that has no end", `C: a LOGIN fred "secret`, `a LOGIN fred #######|`, ""},
		{"more behind it", "C: a LOGIN fred my secret", "a LOGIN fred #########|", ""},
		{"no tag", "C: LOGIN fred secret\nS: LOGIN BAD fred? secret?\nC: secret\nS: * BAD Secret!", "LOGIN fred ######|######|", "LOGIN BAD fred? ######?|* BAD ######!|"},
		{"no spaces", `C: a LOGIN"fred" "secret"`, `a LOGIN###### ########|`, ""},
		{"tabs", "C: a\tLOGIN\tfred\tsecret", "###################|", ""},
		{"a tab", "C: a\tLOGIN fred secret\nS: a\tLOGIN BAD secret", "a\tLOGIN #### ######|", "a\tLOGIN BAD ######|"},
		{"bare LF", `C\ a LOGIN fred secret`, "a LOGIN fred ######\n", ""},
		{"literals", "C: a LOGIN {4}\nS: +\nC: fred {6}\nS: + go\nC: secret\nS: a OK", "a LOGIN {4}|fred {6}|######|", "+|+ go|a OK|"},
		{"a user as literal", "C: a LOGIN {4}\nS: +\nC: fred secret\nS: a OK", "a LOGIN {4}|fred ######|", "+|a OK|"},
		{"no space behind it", "C: a LOGIN {4}\nS: +\nC: fredsecret\nS: a OK secret", "a LOGIN {4}|fred######|", "+|a OK ######|"},
		{"SASL that announces, answered at once", "C: a AUTHENTICATE X\nC: password {6+}\nC| sec\nS: password BAD\nC: ret\nS: a NO", "a AUTHENTICATE X|######## {6+}|######|", "######## BAD|a NO|"},
		{"literals that do not wait", "C: a LOGIN {4+}\nC: fred {6+}\nC: secret\nS: a OK", "a LOGIN {4+}|fred {6+}|######|", "a OK|"},
		{"lines in a literal", "C: a LOGIN fred {8}\nS: +\nC: sec\nC: ret\nS: a NO", "a LOGIN fred {8}|########|", "+|a NO|"},
		{"a quoted user, a literal", `C: a LOGIN "fred {4}" {6}` + "\nS: +\nC: secret\nS: a OK", `a LOGIN "fred {4}" {6}|######|`, "+|a OK|"},
		{"an announcement that is none", `C: a LOGIN fred "sec {6}` + "\nS: a BAD\nC: b NOOP", `a LOGIN fred ########|b NOOP|`, "a BAD|"},
		{"a literal among the rest", "C: a LOGIN fred secret ({3}\nS: +\nC: abc\nS: a BAD", "a LOGIN fred ####### {3}|###|", "+|a BAD|"},
		{"a literal where a quote was opened", `C: a("b LOGIN "secret {3}` + "\nS: +\nC: abc\nS: a BAD", `a("b LOGIN ######" {3}|###|`, "+|a BAD|"},
		{"a tag with a quote", `C: (" LOGIN fred "secret {3}` + "\nS: +\nC: abc\nS: a BAD", `(" LOGIN fred ######" {3}|###|`, "+|a BAD|"},
		{"withdrawn", "C: a LOGIN fred {6}\nS: a NO no\nC: b NOOP\nS: b OK", "a LOGIN fred {6}|b NOOP|", "a NO no|b OK|"},
		{"withdrawn, sent all the same", "C: a LOGIN fred {6}\nS: a BAD no\nC: secret\nS: secret BAD what, SECRET?\nC: b NOOP\nS: b OK", "a LOGIN fred {6}|######|b NOOP|", "a BAD no|###### BAD what, ######?|b OK|"},
		{"two words that stray", "C: a LOGIN fred {8}\nS: a BAD no\nC: my secret\nS: my BAD secret?\nC: b NOOP\nS: b OK", "a LOGIN fred {8}|## ######|b NOOP|", "a BAD no|## BAD ######?|b OK|"},
		{"literals that stray", "C: a LOGIN {4}\nS: a BAD no\nC: fred {6}\nS: fred BAD what\nC: secret\nS: secret BAD what\nC: b NOOP", "a LOGIN {4}|#### {6}|######|b NOOP|", "a BAD no|#### BAD what|###### BAD what|"},
		{"another command right after", "C: a LOGIN fred {6}\nS: a BAD no\nC: b UID FETCH 1 {3}\nS: +\nC: abc\nC: c FOO", "a LOGIN fred {6}|b UID FETCH 1 {3}|abc|c FOO|", "a BAD no|+|"},
		{"SASL", "C: a AUTHENTICATE PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0\nS: a NO AGZyZWQAc2VjcmV0\nC: b NOOP", "a AUTHENTICATE PLAIN|################|b NOOP|", "+|a NO ################|"},
		{"SASL in two", "C: a AUTHENTICATE LOGIN\nS: + VXNlcg==\nC: ZnJlZA==\nS: + UGFzcw==\nC: c2VjcmV0\nS: a NO", "a AUTHENTICATE LOGIN|########|########|", "+ VXNlcg==|+ UGFzcw==|a NO|"},
		{"an initial response", "C: a AUTHENTICATE PLAIN AGZyZWQAc2VjcmV0\nS: a OK", "a AUTHENTICATE PLAIN ################|", "a OK|"},
		{"a mechanism as literal", "C: a AUTHENTICATE {5+}\nC: PLAIN\nS: +\nC: AGZyZWQAc2VjcmV0\nS: a OK", "a AUTHENTICATE {5+}|PLAIN|################|", "+|a OK|"},
		{"SASL that announces", "C: a AUTHENTICATE X\nS: +\nC: my {6}\nS: +\nC: secret\nS: my BAD", "a AUTHENTICATE X|## {6}|######|", "+|+|## BAD|"},
		{"SASL cancelled", "C: a AUTHENTICATE PLAIN\nS: +\nC: *\nS: a BAD cancelled", "a AUTHENTICATE PLAIN|*|", "+|a BAD cancelled|"},
		{"an empty SASL response", "C: a AUTHENTICATE X\nS: +\nC: \nS: a OK", "a AUTHENTICATE X||", "+|a OK|"},
		{"SASL refused, sent all the same", "C: a AUTHENTICATE PLAIN\nS: a NO\nC: AGZyZWQAc2VjcmV0\nS: * BAD\nC: b NOOP", "a AUTHENTICATE PLAIN|################|b NOOP|", "a NO|* BAD|"},
		{"a command before SASL ends", "C: a AUTHENTICATE X abcd\nC: b CAPABILITY\nS: a OK\nS: b OK\nC: c FOO", "a AUTHENTICATE X ####|b CAPABILITY|c FOO|", "a OK|b OK|"},
		{"AUTHENTICATE without tag", "C: AUTHENTICATE PLAIN\nS: * BAD\nC: AGZyZWQAc2VjcmV0\nC: b NOOP\nC: c FOO", "AUTHENTICATE PLAIN|################|b NOOP|c FOO|", "* BAD|"},
		{"mail is no echo", "C: a LOGIN fred secret\nS: a OK in\nC: b FETCH 1 RFC822\nS: * 1 FETCH (RFC822 {15}\nS: a NO secret\nS: )\nS: b OK", "a LOGIN fred ######|b FETCH 1 RFC822|", "a OK in|* 1 FETCH (RFC822 {15}|a NO secret|)|b OK|"},
		{"orphans and junk", "C: a LOGIN fred secret\nS: secret OK what?\nS: secret\nS: a NO\nS: + secret\nS: * BYE secret", "a LOGIN fred ######|", "###### OK what?|######|a NO|+ ######|* BYE ######|"},
		{"a tag that looks like the secret", "C: a001 LOGIN fred a001\nS: a001 OK a001", "a001 LOGIN fred ####|", "a001 OK ####|"},
		{"no status", "C: a LOGIN fred secret\nS: a Secret completed", "a LOGIN fred ######|", "a ###### completed|"},
		{"the word behind the status", "C: a LOGIN fred okay\nS: a OKAY\nS: b NO OKAY", "a LOGIN fred ####|", "a ####|b NO ####|"},
		{"no end", "C: a LOGIN fred {6}\nC: secret\nC| b LOGIN fred sec", "a LOGIN fred {6}|######|b LOGIN fred ###", ""},
		{"no end, no secret yet", "C| a LOGIN fr", "a LOGIN ##", ""},
		{"an empty one", "C: a LOGIN {0}\nS: a NO\nC:  secret\nC: b NOOP", "a LOGIN {0}| ######|b NOOP|", "a NO|"},
		{"a text without end", "C: a LOGIN fred secret\nS| a NO your sec", "a LOGIN fred ######|", "a NO #### ###"},
		{"TLS", "C: a STARTTLS\nS: a OK\nC| \\x16\\x03 LOGIN\n" + `S| \x16\x03 a NO`, "a STARTTLS|\x16\x03 LOGIN", "a OK|\x16\x03 a NO"},
		{"TLS from the start", "C| \\x16\\x03 LOGIN fred secret\n", "\x16\x03 LOGIN fred secret", ""},
		{"STARTTLS, recorded decrypted", "C: a STARTTLS\nS: a OK\nC: b LOGIN fred secret\nS: b OK", "a STARTTLS|b LOGIN fred ######|", "a OK|b OK|"},
		{"a loss in a line", "C| a LOGIN fred se\nC! 2\nC: et\nC: b NOOP\nS: * BAD whatever", "a LOGIN fred ##??##|b NOOP|", "* BAD ########|"},
		{"a loss before it", "C| a LO\nC! 4\nC: fred secret\nC: b NOOP\nS: * BAD secret\nS: b OK", "a LO????#### ######|b NOOP|", "* BAD ######|b OK|"},
		{"a loss between lines", "C! 20\nC: b NOOP\nS: * BAD no such secret\nS: b OK", "????????????????????b NOOP|", "* BAD ## #### ######|b OK|"},
		{"a loss in a literal", "C: a LOGIN fred {6}\nS: +\nC| se\nC! 2\nC: et\nS: a NO secret\nC: b NOOP", "a LOGIN fred {6}|##??##|b NOOP|", "+|a NO ######|"},
		{"a loss beyond a literal", "C: a LOGIN fred {6}\nS: +\nC! 9\nC: what\nC: b NOOP", "a LOGIN fred {6}|?????????####|b NOOP|", "+|"},
		{"a loss after LOGIN", "C: a LOGIN fred secret\nS: a OK in\nC! 5\nC: whatever\nC: b NOOP\nS: b OK fine", "a LOGIN fred ######|?????########|b NOOP|", "a OK in|b OK fine|"},
		{"a loss in a text", "C: a LOGIN fred secret\nS| a NO your sec\nS! 1\nS: et\nS: * BAD secret, not\nS: b OK secret", "a LOGIN fred ######|", "a NO #### ###?##|* BAD ######, not|b OK ######|"},
		{"a loss in mail", "C: a LOGIN fred secret\nS: a OK in\nS: * 1 FETCH (RFC822 {14}\nS| abc\nS! 2\nS: def\nS: ghi)\nS: b OK secret", "a LOGIN fred ######|", "a OK in|* 1 FETCH (RFC822 {14}|abc??def|ghi)|b OK ######|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ps := append(pieces(t, "S: * OK hi"), pieces(t, strings.TrimSuffix(c.script, "\n"))...)
			for _, cut := range []int{0, 1, 2, 3, 5, 8} {
				cs := chunks(ps, cut)
				got := mask(t, false, cs)
				sameExchanges(t, false, cs, got.chunks)
				if s := shown(got, capture.ClientToServer); s != c.client {
					t.Errorf("client, in pieces of %d: %q, want %q", cut, s, c.client)
				}
				if s := shown(got, capture.ServerToClient); s != "* OK hi|"+c.server {
					t.Errorf("server, in pieces of %d: %q, want %q", cut, s, "* OK hi|"+c.server)
				}
			}
		})
	}
}
