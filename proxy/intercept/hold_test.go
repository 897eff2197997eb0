package intercept_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// noted keeps the notes of each connection, and signals each.
type noted struct {
	mu    sync.Mutex
	notes map[capture.ConnID][]string
	came  chan struct{}
}

func newNoted() *noted {
	return &noted{notes: make(map[capture.ConnID][]string), came: make(chan struct{}, 100)}
}

func (n *noted) Event(e *capture.Event) error {
	if e.Kind == capture.Note {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.notes[e.Conn] = append(n.notes[e.Conn], e.Text)
		select {
		case n.came <- struct{}{}:
		default:
		}
	}
	return nil
}

// has reports whether a connection has a note with these parts.
func (n *noted) has(id capture.ConnID, parts ...string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, text := range n.notes[id] {
		all := true
		for _, p := range parts {
			all = all && strings.Contains(text, p)
		}
		if all {
			return true
		}
	}
	return false
}

func (n *noted) want(t *testing.T, id capture.ConnID, parts ...string) {
	t.Helper()
	if !n.has(id, parts...) {
		t.Errorf("connection %d has no note with %q: %v", id, parts, n.notes)
	}
}

// finish closes the client's direction and compares what the client sees until the end.
func finish(t *testing.T, c *net.TCPConn, want string) {
	t.Helper()
	c.CloseWrite()
	if got := readAll(t, c); got != want {
		t.Errorf("the client saw %q, want %q", got, want)
	}
}

func TestHoldNotes(t *testing.T) {
	leaktest.Check(t)
	notes := newNoted()
	holds := holding(t, intercept.Commands, "")
	c := intercepttest.Start(t, intercepttest.Answers, notes, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\na2 CHECK\r\na3 EXPUNGE\r\na4 SECRETWORD\r\n")
	for range 4 { // each in its turn
		w := next(t, holds)
		var err error
		switch w.Tag {
		case "a1":
			err = holds.Resume(w.ID)
		case "a2":
			err = holds.EditText(w.ID, bytes.Replace(w.Text(), []byte("CHECK"), []byte("STATUS x"), 1))
		case "a3":
			err = holds.Drop(w.ID)
		case "a4":
			err = holds.Edit(w.ID, w.Raw)
		}
		if err != nil {
			t.Error(err)
		}
	}
	finish(t, c, "* OK ready\r\n* OK got NOOP\r\na1 OK done\r\n* OK got STATUS x\r\na2 OK done\r\n* OK got SECRETWORD\r\na4 OK done\r\n")
	notes.want(t, 1, "held: NOOP for 0.", " s")
	notes.want(t, 1, "changed: edited: CHECK (13 bytes, was 10)")
	notes.want(t, 1, "changed: dropped: EXPUNGE")
	notes.want(t, 1, "held: a line of the client for ")
	notes.want(t, 2, "changed: edited: CHECK")
	if notes.has(1, "changed: ", "a line of") || notes.has(1, "SECRETWORD") || notes.has(2, "held: ") {
		t.Errorf("%v", notes.notes)
	}
}

func TestHeldGone(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, `command == "NOOP"`)
	c := intercepttest.Start(t, intercepttest.Answers, nil, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\n")
	w := next(t, holds)
	for _, raw := range [][]byte{nil, make([]byte, intercept.DefaultLimit+1)} {
		if err := holds.Edit(w.ID, raw); err == nil || err == intercept.ErrGone {
			t.Errorf("an edit to %d bytes: %v", len(raw), err)
		}
	}
	if err := holds.EditText(w.ID, []byte("a1 LOGIN {3}\n")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a text that is not one message: %v", err)
	}
	if err := holds.Resume(w.ID); err != nil {
		t.Error(err)
	}
	for _, err := range []error{holds.Resume(w.ID), holds.Edit(w.ID, w.Raw), holds.EditText(w.ID, w.Text()), holds.Drop(w.ID), holds.Answer(w.ID, "OK")} {
		if err != intercept.ErrGone {
			t.Errorf("%v, want ErrGone", err)
		}
	}
	finish(t, c, "* OK ready\r\n* OK got NOOP\r\na1 OK done\r\n")
}

func TestHeldSecretsAreMasked(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, "")
	c := intercepttest.Start(t, intercepttest.Answers, nil, holds).Dial()
	fmt.Fprint(c, "a1 LOGIN fred sesame\r\n")
	w := next(t, holds)
	if got := string(w.Masked()); got != "a1 LOGIN fred ######\r\n" {
		t.Errorf("masked: %q", got)
	}
	if strings.Contains(string(w.Text()), "sesame") {
		t.Errorf("the text has the password:\n%s", w.Text())
	}
	if err := holds.EditText(w.ID, bytes.Replace(w.Text(), []byte("fred"), []byte("anna"), 1)); err != nil {
		t.Error(err)
	}
	finish(t, c, "* OK ready\r\n* OK got LOGIN anna sesame\r\na1 OK done\r\n")
}

func TestStep(t *testing.T) {
	leaktest.Check(t)
	holds := intercept.NewHolds()
	holds.SetStep(true)
	lines := make(chan string, 10)
	c := intercepttest.Start(t, asks("+", lines), nil, holds).Dial()
	r := greeted(t, c, testLimit)
	fmt.Fprint(c, "a1 NOOP\r\na2 APPEND x {3}\r\n")
	if w := next(t, holds); w.Tag != "a1" {
		t.Errorf("%s waits first", w.Tag)
	}
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "abc\r\na3 NOOP\r\na4 NOOP\r\n")
	for _, tag := range []string{"a1", "a2", "a3"} {
		for next(t, holds).Tag != tag {
			t.Fatalf("%s waits instead of %s", next(t, holds).Tag, tag)
		}
		if err := holds.Step(); err != nil {
			t.Fatal(err)
		}
		line(t, r, tag+" OK done\r\n")
	}
	if w := next(t, holds); w.Tag != "a4" || !holds.Stepping() {
		t.Errorf("%s waits", w.Tag)
	}
	holds.SetStep(false)
	line(t, r, "a4 OK done\r\n")
	if err := holds.Step(); err == nil {
		t.Error("a step although nothing waits")
	}
	c.CloseWrite()
	if _, err := io.ReadAll(r); err != nil {
		t.Error(err)
	}
}

func TestHoldTimeout(t *testing.T) {
	leaktest.Check(t)
	notes := newNoted()
	holds := holding(t, intercept.Commands, "")
	holds.Timeout = 1
	c := intercepttest.Start(t, intercepttest.Answers, notes, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\n")
	finish(t, c, "* OK ready\r\n* OK got NOOP\r\na1 OK done\r\n")
	notes.want(t, 1, "held: NOOP for 0.", "its time was up")
}

func TestHoldsClose(t *testing.T) {
	leaktest.Check(t)
	notes := newNoted()
	holds := holding(t, intercept.Exchanges, "")
	c := intercepttest.Start(t, intercepttest.Answers, notes, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\n")
	next(t, holds)
	holds.Close()
	fmt.Fprint(c, "a2 NOOP\r\n")
	finish(t, c, "* OK ready\r\n* OK got NOOP\r\na1 OK done\r\n* OK got NOOP\r\na2 OK done\r\n")
	notes.want(t, 1, "held: ", "what held it has ended")
}

// TestHeldWhenAnEndCloses checks that what is held does not wait for a connection that is gone.
func TestHeldWhenAnEndCloses(t *testing.T) {
	leaktest.Check(t)
	for _, by := range []string{"server", "client"} {
		t.Log(by)
		notes := newNoted()
		holds := holding(t, intercept.Commands, "")
		serverCloses := make(chan struct{})
		c := intercepttest.Start(t, func(s net.Conn) {
			fmt.Fprint(s, "* OK ready\r\n")
			if by == "server" {
				<-serverCloses
				return
			}
			io.Copy(io.Discard, s)
		}, notes, holds).Dial()
		fmt.Fprint(c, "a1 NOOP\r\n")
		greeted(t, c, testLimit)
		next(t, holds)
		if got := holds.Conns(); len(got) != 1 || got[0].ID != 1 {
			t.Errorf("connections: %v", got)
		}
		if by == "server" {
			close(serverCloses)
		} else {
			c.SetLinger(0) // a reset
			c.Close()
		}
		for len(holds.Waiting())+len(holds.Conns()) > 0 {
			if by == "server" && len(holds.Waiting()) == 0 {
				c.Close()
			}
			wait(t, holds.Changed())
		}
		notes.want(t, 1, "held: NOOP for ", "discarded: the ")
	}
}
