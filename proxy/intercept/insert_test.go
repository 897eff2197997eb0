package intercept_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// scripted plays a server that passes each line on to got, and sends what comes from say in
// which T is the last line's tag.
func scripted(got chan<- string, say <-chan string) func(net.Conn) {
	return func(c net.Conn) {
		fmt.Fprint(c, "* OK ready\r\n")
		r := bufio.NewReader(c)
		for {
			text, err := r.ReadString('\n')
			if err != nil {
				close(got)
				return
			}
			tag, rest, _ := strings.Cut(text, " ")
			got <- rest
			answer, ok := <-say
			if !ok {
				return
			}
			// At the beginning of a line only: an inserted command's tag may end in T.
			fmt.Fprint(c, strings.ReplaceAll("\n"+answer, "\nT ", "\n"+tag+" ")[1:])
		}
	}
}

// answerOf waits until an inserted command is finished, and returns the answer, with T for the
// tag.
func answerOf(t *testing.T, n *intercept.Inserted) string {
	t.Helper()
	wait(t, n.Done())
	raw, cut, err := n.Answer()
	if cut || err != nil || n.Progress() != intercept.Finished {
		t.Errorf("cut %t, %v, %s", cut, err, n.Progress())
	}
	return strings.ReplaceAll(string(raw), n.Tag, "T")
}

func TestInsert(t *testing.T) {
	leaktest.Check(t)
	notes := newNoted()
	holds := intercept.NewHolds()
	got, say := make(chan string), make(chan string)
	c := intercepttest.Start(t, scripted(got, say), notes, holds).Dial()
	r := greeted(t, c, testLimit)

	// While a command runs, it waits; what the client sends after it waits for it.
	fmt.Fprint(c, "a1 NOOP\r\n")
	want(t, got, "NOOP\r\n")
	n, err := holds.Insert(1, []byte("FETCH 1 ENVELOPE"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "a2 SEARCH ALL\r\n")
	if p := n.Progress(); p != intercept.AwaitsAnswers {
		t.Errorf("it %s", p)
	}
	say <- "* 3 EXISTS\r\nT OK done\r\n"
	want(t, got, "FETCH 1 ENVELOPE\r\n")
	answer := "* 1 FETCH (ENVELOPE {6}\r\nX OK\r\n)\r\n* SEARCH 9\r\n* 4 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen) UID 7)\r\n" +
		"* 1 FETCH (FLAGS (\\Draft) ENVELOPE NIL)\r\n* OK [ALERT] now\r\nT OK done\r\n"
	say <- answer
	want(t, got, "SEARCH ALL\r\n")
	if a := answerOf(t, n); a != answer {
		t.Errorf("the answer is %q, want %q", a, answer)
	}
	say <- "* SEARCH 1\r\nT OK done\r\n"
	for _, l := range []string{"* 3 EXISTS", "a1 OK done", "* SEARCH 9", "* 4 EXISTS", `* 2 FETCH (FLAGS (\Seen) UID 7)`,
		`* 1 FETCH (FLAGS (\Draft))`, "* OK [ALERT] now", "* SEARCH 1", "a2 OK done"} {
		line(t, r, l+"\r\n")
	}
	if notes.has(1, "inserted") {
		t.Errorf("%v", notes.notes)
	}
	notes.want(t, 2, "changed: inserted: FETCH")
	close(say)
	c.Close()
}

// want compares what comes from a channel.
func want(t *testing.T, from <-chan string, text string) {
	t.Helper()
	if got := <-from; got != text {
		t.Errorf("%q came, want %q", got, text)
	}
}

func TestInsertAwaitsIdle(t *testing.T) {
	leaktest.Check(t)
	holds := intercept.NewHolds()
	got, say := make(chan string), make(chan string)
	c := intercepttest.Start(t, scripted(got, say), nil, holds).Dial()
	r := greeted(t, c, testLimit)
	fmt.Fprint(c, "a1 IDLE\r\n")
	want(t, got, "IDLE\r\n")
	say <- "+ idling\r\n"
	line(t, r, "+ idling\r\n")
	n, err := holds.Insert(1, []byte("NOOP\r\n"))
	if err != nil || n.Progress() != intercept.AwaitsClient {
		t.Fatal(err, n.Progress())
	}
	fmt.Fprint(c, "DONE\r\n")
	want(t, got, "") // the line has one word
	say <- "a1 OK done\r\n"
	line(t, r, "a1 OK done\r\n")
	want(t, got, "NOOP\r\n")
	say <- "T OK done\r\n"
	if a := answerOf(t, n); a != "T OK done\r\n" {
		t.Errorf("%q", a)
	}
	close(say)
	c.Close()
}

// TestInsertLiteral checks that the literal of an inserted command is sent as the protocol asks.
func TestInsertLiteral(t *testing.T) {
	leaktest.Check(t)
	for verdict, wanted := range map[string]string{"+": "T OK done\r\n", "NO no": "T NO no\r\n"} {
		holds := intercept.NewHolds()
		lines := make(chan string, 10)
		c := intercepttest.Start(t, asks(verdict, lines), nil, holds).Dial()
		r := greeted(t, c, testLimit)
		n, err := holds.Insert(1, []byte("APPEND x {3}\r\nabc"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "a1 CHECK\r\n")
		if a := strings.TrimPrefix(answerOf(t, n), "+ go\r\n"); a != wanted {
			t.Errorf("%s: %q", verdict, a)
		}
		line(t, r, "a1 OK done\r\n")
		c.Close()
		if sent := drain(lines); len(sent) != 2 || sent[1] != "a1 CHECK\r\n" {
			t.Errorf("the server got %q", sent)
		}
	}
}

func TestInsertRefuses(t *testing.T) {
	leaktest.Check(t)
	holds := intercept.NewHolds()
	c := intercepttest.Start(t, intercepttest.Answers, nil, holds).Dial()
	r := greeted(t, c, testLimit)
	for _, text := range []string{"", "\r\n", "SELECT x", "logout", "STARTTLS", "COMPRESS DEFLATE", "IDLE", "DONE", "AUTHENTICATE PLAIN",
		"ENABLE UTF8=ACCEPT", "LOGIN a b", "CLOSE", "NOOP\r\nNOOP", "APPEND x {5}\r\nab", "NOOP\n\n", strings.Repeat("x", intercept.DefaultLimit)} {
		if _, err := holds.Insert(1, []byte(text)); err == nil {
			t.Errorf("%.20q was accepted", text)
		}
	}
	if _, err := holds.Insert(2, []byte("NOOP")); err == nil {
		t.Error("a command was accepted for no connection")
	}
	fmt.Fprint(c, "a1 NOOP\r\n")
	line(t, r, "* OK got NOOP\r\n")
	line(t, r, "a1 OK done\r\n")
	c.Close()
}

// TestInsertedEnds checks that a command that is canceled, or that there are too many of, does not
// hold the client up, and that the end of the connection finishes it.
func TestInsertedEnds(t *testing.T) {
	leaktest.Check(t)
	holds := intercept.NewHolds()
	got, say := make(chan string), make(chan string)
	c := intercepttest.Start(t, scripted(got, say), nil, holds).Dial()
	r := greeted(t, c, testLimit)
	fmt.Fprint(c, "a1 NOOP\r\n")
	want(t, got, "NOOP\r\n")
	var all []*intercept.Inserted
	for range intercept.MaxInserted {
		n, err := holds.Insert(1, []byte("NOOP"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if _, err := holds.Insert(1, []byte("NOOP")); err == nil {
		t.Error("one more than the limit was accepted")
	}
	for _, n := range all {
		n.Cancel()
		if _, _, err := n.Answer(); err != intercept.ErrCanceled {
			t.Error(err)
		}
	}
	fmt.Fprint(c, "a2 CHECK\r\n")
	say <- "T OK done\r\n"
	want(t, got, "CHECK\r\n")
	n, err := holds.Insert(1, []byte("NOOP"))
	if err != nil {
		t.Fatal(err)
	}
	say <- "T OK done\r\n"
	want(t, got, "NOOP\r\n")
	line(t, r, "a1 OK done\r\n")
	line(t, r, "a2 OK done\r\n")
	close(say)
	wait(t, n.Done())
	if _, _, err := n.Answer(); err != intercept.ErrEnded {
		t.Error(err)
	}
	c.Close()
}

func TestRepeat(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, `command == "FETCH"`)
	c := intercepttest.Start(t, intercepttest.Answers, nil, holds).Dial()
	line(t, bufio.NewReader(c), "* OK ready\r\n")
	fmt.Fprint(c, "a1 FETCH 1 FLAGS\r\na2 CHECK\r\n")
	w := next(t, holds)
	n, err := holds.Repeat(w.ID, []byte("FETCH 2 FLAGS"))
	if err != nil {
		t.Fatal(err)
	}
	if a := answerOf(t, n); a != "* OK got FETCH 2 FLAGS\r\nT OK done\r\n" {
		t.Errorf("the answer to the changed command: %q", a)
	}
	if a, cut := n.FirstAnswer(); string(a) != "* OK got FETCH 1 FLAGS\r\na1 OK done\r\n" || cut {
		t.Errorf("the answer to the original: %q", a)
	}
	finish(t, c, "* OK got FETCH 1 FLAGS\r\na1 OK done\r\n* OK got FETCH 2 FLAGS\r\n* OK got CHECK\r\na2 OK done\r\n")
}

// TestManyHeld checks a thousand connections that are held and released.
func TestManyHeld(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, "")
	rig := intercepttest.Start(t, intercepttest.Answers, nil, holds)
	const n = 1000
	for range n {
		fmt.Fprint(rig.Dial(), "a1 NOOP\r\n")
	}
	for len(holds.Waiting()) < n {
		wait(t, holds.Changed())
	}
	if got := len(holds.Conns()); got != n {
		t.Errorf("%d connections, want %d", got, n)
	}
	if got := holds.ResumeAll(); got != n {
		t.Errorf("%d were released, want %d", got, n)
	}
}

// TestCanceledAnswerIsKept checks that the answer to a command that was canceled while it ran is
// kept from the client all the same.
func TestCanceledAnswerIsKept(t *testing.T) {
	leaktest.Check(t)
	holds := intercept.NewHolds()
	got, say := make(chan string), make(chan string)
	c := intercepttest.Start(t, scripted(got, say), nil, holds).Dial()
	r := greeted(t, c, testLimit)
	n, err := holds.Insert(1, []byte("SEARCH ALL"))
	if err != nil {
		t.Fatal(err)
	}
	want(t, got, "SEARCH ALL\r\n")
	n.Cancel()
	fmt.Fprint(c, "a1 CHECK\r\n")
	say <- "* SEARCH 1 2\r\nT OK done\r\n"
	want(t, got, "CHECK\r\n")
	say <- "T OK done\r\n"
	line(t, r, "a1 OK done\r\n")
	if raw, _, err := n.Answer(); err != intercept.ErrCanceled || len(raw) > 0 {
		t.Errorf("%q, %v", raw, err)
	}
	close(say)
	c.Close()
}

// TestInsertTimeout checks that what waits for a command that the server does not answer goes on after
// a time, and that its answer is kept from the client if it comes late.
func TestInsertTimeout(t *testing.T) {
	leaktest.Check(t)
	holds := intercept.NewHolds()
	got, say := make(chan string), make(chan string)
	rig := intercepttest.Start(t, scripted(got, say), nil, holds)
	rig.Engine.HurryInserted(50 * time.Millisecond)
	c := rig.Dial()
	r := greeted(t, c, testLimit)
	n, err := holds.Insert(1, []byte("SEARCH ALL"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "a1 NOOP\r\n")
	want(t, got, "SEARCH ALL\r\n")
	say <- "* 7 EXISTS\r\n"
	want(t, got, "NOOP\r\n")
	wait(t, n.Done())
	if raw, cut, err := n.Answer(); err != intercept.ErrNoAnswer || string(raw) != "* 7 EXISTS\r\n" || cut {
		t.Errorf("%q, %t, %v", raw, cut, err)
	}
	say <- n.Tag + " OK late\r\nT OK done\r\n"
	line(t, r, "* 7 EXISTS\r\n")
	line(t, r, "a1 OK done\r\n")
	if raw, _, err := n.Answer(); err != intercept.ErrNoAnswer || string(raw) != "* 7 EXISTS\r\n" {
		t.Errorf("afterwards: %q, %v", raw, err)
	}
	close(say)
	c.Close()
}

// TestRepeatLimit checks that answers longer than the limit are cut, in whole messages, and reach
// the client as they came.
func TestRepeatLimit(t *testing.T) {
	const limit = 64
	whole := "* 1 EXISTS\r\n"
	for name, long := range map[string]string{
		"a message":           "* 1 FETCH (RFC822 {100}\r\n" + strings.Repeat("x", 100) + ")\r\n",
		"a message in pieces": "* 1 FETCH (RFC822 {300000}\r\n" + strings.Repeat("x", 300_000) + ")\r\n",
		"all together":        strings.Repeat(whole, 9),
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			holds := holding(t, intercept.Commands, `command == "FETCH"`)
			got, say := make(chan string), make(chan string)
			rig := intercepttest.StartWith(t, scripted(got, say), nil, intercept.Options{Stages: []intercept.Stage{holds}, Row: intercepttest.Row, Limit: limit})
			c := rig.Dial()
			r := greeted(t, c, testLimit)
			fmt.Fprint(c, "a1 FETCH 1 RFC822\r\n")
			n, err := holds.Repeat(next(t, holds).ID, []byte("FETCH 2 RFC822"))
			if err != nil {
				t.Fatal(err)
			}
			want(t, got, "FETCH 1 RFC822\r\n")
			say <- whole + long + "T OK done\r\n"
			want(t, got, "FETCH 2 RFC822\r\n")
			say <- whole + long + "T OK done\r\n"
			wait(t, n.Done())
			for l := range strings.SplitAfterSeq(strings.TrimSuffix(whole+long, "\r\n"), "\r\n") {
				line(t, r, strings.TrimSuffix(l, "\r\n")+"\r\n")
			}
			line(t, r, "a1 OK done\r\n")
			second, cut, err := n.Answer()
			if !bytes.HasPrefix(second, []byte(whole)) || len(second) > limit || bytes.HasSuffix(second, []byte("done\r\n")) || !cut || err != nil {
				t.Errorf("the answer to the changed command: %q, %t, %v", second, cut, err)
			}
			if first, cut := n.FirstAnswer(); !bytes.Equal(first, second) || !cut {
				t.Errorf("the answer to the original: %q, %t; want %q", first, cut, second)
			}
			close(say)
			c.Close()
		})
	}
}
