package redact_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode/decodetest"
	"imapscope/decode/redact"
)

const (
	client = capture.ClientToServer
	server = capture.ServerToClient
)

// TestMaskCompress checks that compressed data is not passed on, and is reported as a gap.
func TestMaskCompress(t *testing.T) {
	ps := pieces(t, "S: * OK hi\nC: a COMPRESS DEFLATE")
	fromServer, fromClient := deflated(t, "* 1 EXISTS\r\n"), deflated(t, "b LOGIN fred secret\r\n")
	ps = append(ps, decodetest.Piece{Dir: server, Data: append([]byte("a OK now\r\n"), fromServer...)})
	ps = append(ps, decodetest.Piece{Dir: client, Data: fromClient})
	ps = append(ps, pieces(t, "C! 5\nC| secret\nS: secret")...)
	var got tape
	feed(t, redact.NewMask(&got), false, chunks(ps, 0))
	if s, want := shown(&got, client), "a COMPRESS DEFLATE|"+strings.Repeat("?", len(fromClient)+5+6); s != want {
		t.Errorf("client %q, want %q", s, want)
	}
	if s, want := shown(&got, server), "* OK hi|a OK now|"+strings.Repeat("?", len(fromServer)+8); s != want {
		t.Errorf("server %q, want %q", s, want)
	}
	for _, c := range got.chunks[len(got.chunks)-2:] {
		if want := int64(len(got.bytes(c.Dir))); c.Off+c.N != want || len(c.Data) > 0 {
			t.Errorf("a loss at the end, at %d, want %d", c.Off, want)
		}
	}
	if len(got.notes) != 1 || !strings.Contains(got.notes[0], "compressed") {
		t.Errorf("remarks: %q", got.notes)
	}
}

// deflated returns s as COMPRESS sends it.
func deflated(t *testing.T, s string) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write([]byte(s))
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMaskMidStream checks that bytes before the first line that is surely a command may be
// the end of a secret.
func TestMaskMidStream(t *testing.T) {
	for _, c := range []struct{ script, client, server string }{
		{"C: secret\nS: a NO secret\nC: b NOOP\nS: b OK", "######|b NOOP|", "a NO secret|b OK|"},
		{"C: LOGIN fred secret\nC: b NOOP", "##### #### ######|b NOOP|", ""},
		{"C: a LOGIN fred secret\nS: secret?\nS: a NO secret", "a LOGIN fred ######|", "######?|a NO ######|"},
		{"C| secret", "######", ""},
		{"S: * 1 FETCH (RFC822 {8}\nC: a LOGIN fred secret\nS: secret\nS: )\nS: a OK secret", "a LOGIN fred ######|", "* 1 FETCH (RFC822 {8}|secret|)|a OK ######|"},
	} {
		for _, cut := range []int{0, 1, 3} {
			cs := chunks(pieces(t, c.script), cut)
			got := mask(t, true, cs)
			sameExchanges(t, true, cs, got.chunks)
			if s := shown(got, client); s != c.client {
				t.Errorf("%q: client %q, want %q", c.script, s, c.client)
			}
			if s := shown(got, server); s != c.server {
				t.Errorf("%q: server %q, want %q", c.script, s, c.server)
			}
		}
	}
}

// TestMaskConnections checks that each has its own secrets and its own order, and what is
// told of one that is not open goes nowhere.
func TestMaskConnections(t *testing.T) {
	got := tapes{}
	m := redact.NewMask(got)
	for id := capture.ConnID(1); id <= 2; id++ {
		if err := capturetest.To(m).Open(capture.Conn{ID: id, Start: began}); err != nil {
			t.Fatal(err)
		}
	}
	var off [3][2]int64
	say := func(id capture.ConnID, dir capture.Direction, text string) {
		t.Helper()
		if err := m.Event(&capture.Event{Kind: capture.Data, Conn: id, Dir: dir, Time: began, Off: off[id][dir], Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		off[id][dir] += int64(len(text))
	}
	say(1, client, "a LOGIN fred sec")
	say(2, server, "* OK secret\r\n")
	say(1, client, "ret\r\n")
	say(2, client, "a NOOP\r\n")
	say(1, server, "a NO secret\r\n")
	say(2, server, "a OK secret\r\n")
	if err := capturetest.To(m).Close(1, began, capture.RST); err != nil {
		t.Fatal(err)
	}
	say(1, client, "b LOGIN fred secret\r\n")
	if err := errors.Join(capturetest.To(m).Note(1, began, "too late"), capturetest.To(m).Close(1, began, capture.FIN)); err != nil {
		t.Fatal(err)
	}
	for id, want := range []string{1: "a LOGIN fred ######|a NO ######|", 2: "a NOOP|* OK secret|a OK secret|"} {
		if want == "" {
			continue
		}
		tp := got[capture.ConnID(id)]
		if s := shown(tp, client) + shown(tp, server); s != want {
			t.Errorf("connection %d: %q, want %q", id, s, want)
		}
	}
	if c := got[1].causes; len(c) != 1 || c[0] != capture.RST {
		t.Errorf("ends of connection 1: %v", c)
	}
}

// TestMaskOrder checks that remarks keep their place among chunks, held or not.
func TestMaskOrder(t *testing.T) {
	var got tape
	m := redact.NewMask(&got)
	step := func(want string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var now []string
		for _, c := range got.chunks {
			now = append(now, string(c.Data))
		}
		if s := strings.Join(append(now, got.notes...), "/"); s != want {
			t.Errorf("%q, want %q", s, want)
		}
		got = tape{}
	}
	say := func(dir capture.Direction, off int64, text string) error {
		return m.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Time: began, Off: off, Data: []byte(text)})
	}
	step("", capturetest.To(m).Open(capture.Conn{ID: 1, Start: began}))
	step("first", capturetest.To(m).Note(1, began, "first"))
	step("a NOOP\r\n", say(client, 0, "a NOOP\r\nb L"))
	step("", say(server, 0, "* OK hi\r\n"))
	step("", capturetest.To(m).Note(1, began, "held"))
	step("", say(client, 11, "OGIN fred se"))
	step("b L/* OK hi\r\n/OGIN fred ##/####\r\n/held", say(client, 23, "cret\r\n"))
	step("c LOGIN fred {6}\r\n###", say(client, 29, "c LOGIN fred {6}\r\nsec")) // at once, in a literal
	step("", capturetest.To(m).Close(1, began, capture.FIN))
}

// TestMaskUncopied checks that data that needs no change and does not have to wait is passed on as it
// is, also when secrets are known.
func TestMaskUncopied(t *testing.T) {
	var last capture.Event
	m := redact.NewMask(sinkFunc(func(c capture.Event) error { last = c; return nil }))
	feedOpen(t, m, "C: a LOGIN fred secret\nS: a OK hi\nC: b FETCH 1 RFC822")
	bulk := []byte("* 1 FETCH (RFC822 {100000}\r\n" + strings.Repeat("secret ", 1000))
	off := int64(len("a OK hi\r\n"))
	for range 3 {
		if err := m.Event(&capture.Event{Kind: capture.Data, Conn: 1, Dir: server, Time: began, Off: off, Data: bulk}); err != nil {
			t.Fatal(err)
		}
		if len(last.Data) != len(bulk) || &last.Data[0] != &bulk[0] {
			t.Fatal("copied")
		}
		off += int64(len(bulk))
	}
}

// sinkFunc is a sink that only looks at streams.
type sinkFunc func(capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error {
	if e.Kind != capture.Data && e.Kind != capture.Gap {
		return nil
	}
	return f(*e)
}

// feedOpen opens connection 1 and hands a transcript to it.
func feedOpen(t testing.TB, s capture.Sink, script string) {
	t.Helper()
	if err := capturetest.To(s).Open(capture.Conn{ID: 1, Start: began}); err != nil {
		t.Fatal(err)
	}
	for _, c := range chunks(pieces(t, script), 0) {
		if err := s.Event(&c); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMaskFails checks that an error of the other sink ends the source, wherever it occurs.
func TestMaskFails(t *testing.T) {
	full := errors.New("the disk is full")
	ps := pieces(t, "S: * OK hi\nC| a LOG\nS: * 5 EXISTS\nC: IN fred secret\nS: a NO secret\nC! 3\nC: b NOOP\nC| c")
	for n := range 12 {
		calls := 0
		m := redact.NewMask(sinkFunc(func(capture.Event) error {
			if calls++; calls > n {
				return full
			}
			return nil
		}))
		err := capturetest.To(m).Open(capture.Conn{ID: 1, Start: began})
		for _, c := range chunks(ps, 0) {
			if err == nil {
				err = m.Event(&c)
			}
		}
		if err == nil {
			err = capturetest.To(m).Close(1, began, capture.FIN)
		}
		const all = 8 // the transcript's pieces
		if wrong := n < all && (err != full || calls != n+1) || n >= all && err != nil; wrong {
			t.Errorf("failing after %d: %v after %d", n, err, calls)
		}
	}
}

// TestMaskBound checks that what is held stays within its bound, and beyond it nothing leaks.
func TestMaskBound(t *testing.T) {
	long := strings.Repeat("secret", 200_000)
	mail := "* 1 FETCH (RFC822 {1200000}\r\n" + long + ")\r\n"
	for _, c := range []struct {
		name   string
		script func(say func(capture.Direction, string))
		text   string
	}{
		{"a password", func(say func(capture.Direction, string)) {
			say(client, "a LOGIN fred "+long+"\r\n")
			say(server, "a NO what is secretsecret?\r\n")
		}, "a NO #### ## #############\r\n"},
		{"a password and a literal", func(say func(capture.Direction, string)) {
			say(client, "a LOGIN fred "+long+" {6+}\r\nsecret\r\n")
			say(server, "a NO\r\n")
		}, "a NO\r\n"},
		{"a literal", func(say func(capture.Direction, string)) {
			say(client, fmt.Sprintf("a LOGIN fred {%d+}\r\n%s\r\n", len(long), long))
			say(server, "a NO secretsecret\r\n")
		}, "a NO ############\r\n"},
		{"a SASL response", func(say func(capture.Direction, string)) {
			say(client, "a AUTHENTICATE X\r\n")
			say(server, "+ \r\n")
			say(client, long+"\r\n")
			say(server, "a NO secretsecret\r\n")
		}, "+ \r\na NO ############\r\n"},
		{"no words", func(say func(capture.Direction, string)) { say(client, long+"\r\n") }, ""},
		{"no end", func(say func(capture.Direction, string)) { say(client, "a LOGIN fred "+long) }, ""},
		{"byte by byte", func(say func(capture.Direction, string)) { // its words are not known
			for i := range 6000 {
				say(client, long[i:i+1])
			}
		}, ""},
		{"mail meanwhile", func(say func(capture.Direction, string)) {
			say(client, "a LOG")
			say(server, mail)
			say(client, "IN fred secret\r\n")
		}, mail},
		{"mail in the middle of a word", func(say func(capture.Direction, string)) {
			say(client, "a LOGIN fred sec")
			say(server, mail)
			say(client, "ret {6+}\r\nsecret\r\n")
		}, mail},
		{"a text", func(say func(capture.Direction, string)) {
			say(client, "a LOGIN fred secret\r\n")
			say(server, "a NO "+long+"\r\n")
			say(server, "* 5 EXISTS\r\n")
		}, "a NO " + strings.Repeat("#", len(long)) + "\r\n* 5 EXISTS\r\n"},
		{"many secrets", func(say func(capture.Direction, string)) {
			for i := range 1000 {
				say(client, fmt.Sprintf("a%d LOGIN fred %06dsecret\r\n", i, i))
			}
			say(server, "a0 NO 000000secret\r\n")
		}, "a0 NO ############\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1 << 10, 100_000} {
				var was, got tape
				held := 0 // at most
				count := func(tp *tape) (n int) {
					return len(tp.bytes(client)) + len(tp.bytes(server))
				}
				m := redact.NewMask(&got)
				if err := errors.Join(capturetest.To(m).Open(capture.Conn{ID: 1}), capturetest.To(&was).Open(capture.Conn{ID: 1})); err != nil {
					t.Fatal(err)
				}
				var off [2]int64
				fed := 0
				c.script(func(dir capture.Direction, text string) {
					for len(text) > 0 {
						n := min(size, len(text))
						chunk := capture.Event{Kind: capture.Data, Conn: 1, Dir: dir, Time: began, Off: off[dir], Data: []byte(text[:n])}
						if err := errors.Join(was.Event(&chunk), m.Event(&chunk)); err != nil {
							t.Fatal(err)
						}
						off[dir] += int64(n)
						text = text[n:]
						fed += n
						if fed%(64<<10) < n {
							held = max(held, fed-count(&got))
						}
					}
				})
				if err := capturetest.To(m).Close(1, began, capture.FIN); err != nil {
					t.Fatal(err)
				}
				if held > redact.MaxHeld {
					t.Errorf("%d bytes held", held)
				}
				if s := got.bytes(client); bytes.Contains(s, []byte("secr")) || len(s) != len(was.bytes(client)) {
					t.Errorf("passed on: %d bytes of %d, %.200q", len(s), len(was.bytes(client)), s)
				}
				if s := string(got.bytes(server)); s != c.text {
					t.Errorf("the server said %.200q, want %.200q", s, c.text)
				}
				sameExchanges(t, false, was.chunks, got.chunks)
			}
		})
	}
}
