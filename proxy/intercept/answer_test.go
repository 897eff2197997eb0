package intercept_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

func TestAnswer(t *testing.T) {
	leaktest.Check(t)
	notes := newNoted()
	holds := holding(t, intercept.Commands, `command == "NOOP"`)
	c := intercepttest.Start(t, intercepttest.Answers, notes, holds).Dial()
	r := greeted(t, c, testLimit)
	for _, x := range []struct{ text, want string }{
		{"", "a OK done\r\n"},
		{"* 5 EXISTS\r\n+ x\nNO [ALERT] not now {5}\n", "* 5 EXISTS\r\n+ x\r\na NO [ALERT] not now {5}\r\n"},
		{"bad", "a bad\r\n"},
		{"hello", "line 1: it begins with neither"},
		{"* 5 EXISTS", "does not end the command"},
		{"* 1 FETCH (RFC822 {5}\nOK", "line 1: it announces a literal"},
		{"OK\nOK", "line 2: it comes after"},
		{"* x\ry\nOK", "line 1: it has a CR"},
		{strings.Repeat("* OK\n", intercept.MaxAnswer/5) + "OK", "the limit is"},
	} {
		fmt.Fprint(c, "a NOOP\r\n")
		w := next(t, holds)
		if err := holds.Answer(w.ID, x.text); err != nil {
			if !strings.Contains(err.Error(), x.want) {
				t.Errorf("%q: %v", x.text, err)
			}
			holds.Drop(w.ID)
		} else if !strings.HasSuffix(x.want, "\r\n") {
			t.Errorf("%q was sent", x.text)
		}
	}
	fmt.Fprint(c, "b CHECK\r\n")
	c.CloseWrite()
	got, err := io.ReadAll(r)
	if want := "a OK done\r\n* 5 EXISTS\r\n+ x\r\na NO [ALERT] not now {5}\r\na bad\r\n* OK got CHECK\r\nb OK done\r\n"; err != nil || string(got) != want {
		t.Errorf("the client saw %q, %v, want %q", got, err, want)
	}
	notes.want(t, 1, "changed: answered in the server's place: NOOP")
}

func TestNoAnswerBeforeTheGreeting(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, "")
	c := intercepttest.Start(t, func(s net.Conn) { io.Copy(io.Discard, s) }, nil, holds).Dial()
	fmt.Fprint(c, "a NOOP\r\n")
	if err := holds.Answer(next(t, holds).ID, ""); err == nil || !strings.Contains(err.Error(), "greeting") {
		t.Error(err)
	}
	c.Close()
}
