package decode_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// TestActs checks to which transactions and messages the notes of a proxy belong.
func TestActs(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a changed tagged response", "S* OK hi|C a NOOP|N fault: status NO|S a NO no|C b NOOP|S b OK", "a[status NO] NO[status NO]"},
		{"a dropped tagged response", "S* OK hi|C a NOOP|N fault: drop tagged|C b NOOP|S b OK", "a[drop tagged]"},
		{"dropped, and nothing follows", "S* OK hi|C a NOOP|N fault: drop tagged", "a[drop tagged]"},
		{"a wrong tag", "S* OK hi|C a NOOP|N fault: tag x|S x OK|C b NOOP|S b OK", "x[tag x] OK[tag x] a[tag x]"},
		{"pipelined, the second is changed", "S* OK hi|C a NOOP|C b NOOP|S a OK|N fault: status NO|S b NO", "b[status NO] NO[status NO]"},
		{"held", "S* OK hi|C a NOOP|N held: 5s|S a OK|C b NOOP|S b OK", "a[held] OK[held]"},
		{"an edited request", "S* OK hi|C a NOOP|N changed: CHECK|S a OK|C b NOOP|S b OK", "a[edited] OK[edited]"},
		{"the greeting", "N fault: delay greeting 5s|S* OK hi|C a NOOP|S a OK", "OK[delay greeting 5s]"},
		{"within a message of the server's", "S* OK hi|C a FETCH 1 RFC822|S* 1 FETCH (RFC822 {3}|N fault: status NO|Sabc)|S a NO", "a[status NO] NO[status NO]"},
		{"pipelined, the first is dropped", "S* OK hi|C a NOOP|C b NOOP|N fault: drop tagged (on a)|S b OK", "a[drop tagged]"},
		{"the second of two is edited", "S* OK hi|C a NOOP|C b NOOP|N changed: CHECK (on b)|S a OK|S b OK", "b[edited]"},
		{"on the server's leg", "N the client's leg is 192.0.2.1:5 > 192.0.2.2:143|S* OK hi|C a NOOP|N changed: NOOP (on b)|C b CHECK|S a OK|S b OK", "b[edited]"},
		{"on the server's leg, dropped", "N the client's leg is 192.0.2.1:5 > 192.0.2.2:143|S* OK hi|C a NOOP|N changed: dropped (on b)|C c CHECK|S a OK|N changed: dropped (on d)|S c OK", ""},
		{"no note of a proxy", "S* OK hi|C a NOOP|N a fault: x|S a OK", ""},
	} {
		if got := strings.Join(acts(c.text), " "); got != c.want {
			t.Errorf("%s: %s; want %s", c.name, got, c.want)
		}
	}
}

// acts returns what of a transcript a proxy acted on: transactions by tag, and responses by word.
func acts(text string) []string {
	d := decode.New(decode.Options{})
	var got []string
	note := func(name string, a *decode.Acts) {
		if a == nil {
			return
		}
		all := a.Faults
		if a.Held {
			all = append(all, "held")
		}
		if a.Edited {
			all = append(all, "edited")
		}
		got = append(got, fmt.Sprintf("%s%v", name, all))
	}
	var late []string
	see := func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				n := len(got)
				note(e.Word, e.Acts)
				late = append(late, got[n:]...)
				got = got[:n]
			case *decode.Transaction:
				note(e.Tag, e.Acts)
			}
		}
		got, late = append(got, late...), nil
	}
	for line := range strings.SplitSeq(text, "|") {
		raw := strings.TrimPrefix(line[1:], " ") + "\r\n"
		switch line[0] {
		case 'C':
			see(d.Write(capture.ClientToServer, time.Time{}, []byte(raw)))
		case 'S':
			see(d.Write(capture.ServerToClient, time.Time{}, []byte(raw)))
		case 'N':
			see(d.Note(time.Time{}, strings.TrimSuffix(raw, "\r\n")))
		}
	}
	see(d.Close(time.Time{}, capture.FIN))
	return got
}

// TestActNotes checks that a transaction has each note of what was done to it once, in order and up to
// a limit, and that a note with its tag has the transaction while it runs.
func TestActNotes(t *testing.T) {
	d := decode.New(decode.Options{})
	write := func(dir capture.Direction, text string) []decode.Event {
		return d.Write(dir, time.Time{}, []byte(text))
	}
	note := func(text string) *decode.Transaction {
		return d.Note(time.Unix(1, 0), text)[0].(*decode.Note).Txn
	}
	write(capture.ServerToClient, "* OK hi\r\n")
	write(capture.ClientToServer, "a NOOP\r\nb NOOP\r\n")
	if x := note("changed: CHECK (on b)"); x == nil || x.Tag != "b" || len(x.Acts.Notes) != 1 {
		t.Errorf("the note is about %+v", x)
	}
	if x := note("held: 5s"); x != nil {
		t.Errorf("a note without a tag is about %+v", x)
	}
	write(capture.ServerToClient, "a OK\r\n")
	if x := note("no fault"); x != nil {
		t.Errorf("a note of nothing done is about %+v", x)
	}
	for range 1 << 16 {
		if note("held: 6s (on b)") == nil {
			t.Fatal("a note is about nothing")
		}
		write(capture.ServerToClient, "* 1 EXISTS\r\n")
	}
	got := last[*decode.Transaction](t, write(capture.ServerToClient, "b OK\r\n")).Acts.Notes
	if len(got) < 1000 || len(got) > 10_000 {
		t.Errorf("%d notes are kept", len(got))
	}
	if got[0].Text != "changed: CHECK (on b)" || got[1].Text != "held: 6s (on b)" || !got[0].Time.Equal(time.Unix(1, 0)) {
		t.Errorf("the first notes are %v", got[:2])
	}
}

// last returns the last of some events, which must be an E.
func last[E decode.Event](t *testing.T, events []decode.Event) E {
	t.Helper()
	e, ok := events[len(events)-1].(E)
	if !ok {
		t.Fatalf("the last event is %T", events[len(events)-1])
	}
	return e
}

// TestLegIsKnownFromItsNoteOn checks that a connection's leg is known from its note on.
func TestLegIsKnownFromItsNoteOn(t *testing.T) {
	d := decode.New(decode.Options{})
	legs := ""
	see := func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				legs += "/" + e.Leg.String()
			case *decode.Transaction:
				legs += "=" + e.Leg.String()
			case *decode.Closed:
				legs += "." + e.Leg.String()
			}
		}
	}
	see(d.Write(capture.ServerToClient, time.Time{}, []byte("* OK hi\r\n")))
	see(d.Note(time.Time{}, "the server's leg is 192.0.2.1:5 > 192.0.2.2:143"))
	see(d.Note(time.Time{}, "the client's leg is 192.0.2.1:5 > 192.0.2.2:143"))
	see(d.Write(capture.ClientToServer, time.Time{}, []byte("a NOOP\r\n")))
	see(d.Write(capture.ServerToClient, time.Time{}, []byte("a OK\r\n")))
	see(d.Close(time.Time{}, capture.FIN))
	if want := "//client/client=client.client"; legs != want {
		t.Errorf("%s; want %s", legs, want)
	}
}
