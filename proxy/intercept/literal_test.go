package intercept_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// script plays a server that reads lines, and sends what answer returns for each; all that it
// got, from the first line on, is what got receives in the end.
func script(got chan<- []string, answer func(line string) string) func(net.Conn) {
	return func(c net.Conn) {
		var all []string
		defer func() { got <- all }()
		fmt.Fprint(c, "* OK ready\r\n")
		s := bufio.NewScanner(c)
		for s.Scan() {
			all = append(all, s.Text())
			io.WriteString(c, answer(s.Text()))
		}
	}
}

// TestUnansweredLiteralIsNotSent checks that a literal is never sent to a server that has not
// asked for it: it could still refuse it, and read it as commands.
func TestUnansweredLiteralIsNotSent(t *testing.T) {
	leaktest.Check(t)
	got := make(chan []string, 1)
	holds := holding(t, intercept.Commands, `command == "APPEND"`)
	var f facts
	rig := intercepttest.Start(t, script(got, func(string) string { return "" }), &f, holds)
	rig.Engine.Hurry(100*time.Millisecond, time.Millisecond)
	c := rig.Dial()
	r := greeted(t, c, 20*time.Second)
	fmt.Fprint(c, "a1 APPEND x {18}\r\n")
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "x9 DELETE inbox\r\n\n\r\n")
	holds.Resume(next(t, holds).ID)
	if all, err := io.ReadAll(r); err != nil || len(all) > 0 {
		t.Errorf("the client got %q, %v", all, err)
	}
	if all := <-got; !slices.Equal(all, []string{"a1 APPEND x {18}"}) {
		t.Errorf("the server got %q", all)
	}
	if !f.contains("did not ask for the literal of a1") {
		t.Errorf("no note says why: %q", f.notes())
	}
}

// TestUnwaitedLiteralIsSent has a client that does not wait for "+", as those of 1992, and a
// server that sends it only after the literal.
func TestUnwaitedLiteralIsSent(t *testing.T) {
	leaktest.Check(t)
	got := make(chan []string, 1)
	rig := intercepttest.Start(t, script(got, func(line string) string {
		if strings.HasPrefix(line, "fred") {
			return "+ late\r\na1 OK done\r\n"
		}
		return ""
	}), nil, shaped{})
	rig.Engine.Hurry(time.Hour, time.Hour)
	c := rig.Dial()
	r := greeted(t, c, 20*time.Second)
	fmt.Fprint(c, "a1 LOGIN {4}\r\n")
	time.Sleep(20 * time.Millisecond) // so that they come apart
	fmt.Fprint(c, "fred secret\r\n")
	line(t, r, "+ late\r\n")
	line(t, r, "a1 OK done\r\n")
	c.CloseWrite()
	if all := <-got; !slices.Equal(all, []string{"a1 LOGIN {4}", "fred secret"}) {
		t.Errorf("the server got %q", all)
	}
}

// TestAbortedLiteralIsNotSent has a client that ends within a literal that it was asked for by
// the engine.
func TestAbortedLiteralIsNotSent(t *testing.T) {
	leaktest.Check(t)
	got := make(chan []string, 1)
	c := intercepttest.Start(t, script(got, func(line string) string {
		tag, _, _ := strings.Cut(line, " ")
		return tag + " NO full\r\n"
	}), nil, holding(t, intercept.Commands, `command == "APPEND"`)).Dial()
	r := greeted(t, c, 20*time.Second)
	fmt.Fprint(c, "a1 APPEND x {100}\r\n")
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "x9 DELETE inbox\r\n")
	c.CloseWrite()
	line(t, r, "a1 NO full\r\n")
	if all := <-got; !slices.Equal(all, []string{"a1 APPEND x {100}"}) {
		t.Errorf("the server got %q", all)
	}
}

// TestPlusOfAnotherCommand has a server that answers an IDLE while the engine waits to be
// asked for a literal.
func TestPlusOfAnotherCommand(t *testing.T) {
	leaktest.Check(t)
	got := make(chan []string, 1)
	holds := holding(t, intercept.Commands, `command == "APPEND"`)
	c := intercepttest.Start(t, script(got, func(line string) string {
		switch {
		case strings.HasPrefix(line, "a2"):
			return "+ idling\r\na1 OK idle\r\na2 NO full\r\n"
		case strings.HasPrefix(line, "a3"):
			return "a3 OK done\r\n"
		}
		return ""
	}), nil, holds).Dial()
	r := greeted(t, c, 20*time.Second)
	fmt.Fprint(c, "a1 IDLE\r\nDONE\r\na2 APPEND x {17}\r\n")
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "x9 DELETE inbox\r\n\r\na3 NOOP\r\n")
	holds.Resume(next(t, holds).ID)
	for _, want := range []string{"+ idling\r\n", "a1 OK idle\r\n", "a2 NO full\r\n", "a3 OK done\r\n"} {
		line(t, r, want)
	}
	c.CloseWrite()
	if all := <-got; !slices.Equal(all, []string{"a1 IDLE", "DONE", "a2 APPEND x {17}", "a3 NOOP"}) {
		t.Errorf("the server got %q", all)
	}
}

// TestServerEndsBeforePlus checks that a connection ends whose server was to ask for a literal.
func TestServerEndsBeforePlus(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, `command == "APPEND"`)
	got := make(chan string, 1)
	rig := intercepttest.Start(t, func(s net.Conn) {
		fmt.Fprint(s, "* OK ready\r\n")
		b := make([]byte, 100)
		n, _ := s.Read(b)
		s.(*net.TCPConn).CloseWrite()
		rest, _ := io.ReadAll(s)
		got <- string(b[:n]) + string(rest)
	}, nil, holds)
	rig.Engine.Hurry(time.Hour, time.Millisecond)
	c := rig.Dial()
	r := greeted(t, c, 20*time.Second)
	fmt.Fprint(c, "a1 APPEND x {5}\r\n")
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "hello\r\na2 LOGOUT\r\n")
	holds.Resume(next(t, holds).ID)
	if all, err := io.ReadAll(r); err != nil || len(all) > 0 {
		t.Errorf("the client got %q, %v", all, err)
	}
	c.CloseWrite()
	select {
	case s := <-got:
		if s != "a1 APPEND x {5}\r\na2 LOGOUT\r\n" {
			t.Errorf("the server got %q", s)
		}
	case <-time.After(20 * time.Second):
		t.Error("the connection to the server is open")
	}
}

// TestLiteralsOfEdits checks that each literal of what takes the place of a command waits for
// the server, also that of a second command.
func TestLiteralsOfEdits(t *testing.T) {
	leaktest.Check(t)
	got := make(chan []string, 1)
	holds := holding(t, intercept.Commands, `command == "NOOP"`)
	c := intercepttest.Start(t, script(got, func(line string) string {
		tag, _, _ := strings.Cut(line, " ")
		switch {
		case strings.HasSuffix(line, "{4}"):
			return "+ go\r\n"
		case strings.HasSuffix(line, "}"):
			return tag + " NO full\r\n"
		}
		return tag + " OK done\r\n"
	}), nil, holds).Dial()
	r := greeted(t, c, 20*time.Second)
	fmt.Fprint(c, "a1 NOOP\r\na4 CHECK\r\n")
	edit := "a1 LOGIN {4}\r\nfred {4}\r\npass\r\n" + "a2 APPEND x {17}\r\nx9 DELETE inbox\r\n\r\n" + "a3 STATUS {4}\r\nfred\r\n"
	if err := holds.Edit(next(t, holds).ID, []byte(edit)); err != nil {
		t.Fatal(err)
	}
	line(t, r, "pass OK done\r\n") // the script knows no literals
	line(t, r, "a2 NO full\r\n")
	c.CloseWrite()
	if all := <-got; slices.Contains(all, "x9 DELETE inbox") {
		t.Errorf("the server got %q", all)
	}
}

// TestLiterals has a client that waits for "+" in commands that are held, with a server that
// accepts or refuses each literal.
func TestLiterals(t *testing.T) {
	const long = intercept.DefaultLimit + 100_000
	body := strings.Repeat("x9 DELETE inbox\r\n", long/17+1)[:long]
	for _, tt := range []struct {
		name   string
		says   []string // by the server, to each line that ends in {n}
		first  string
		second int // the size of the second literal
		want   []string
	}{
		{name: "both accepted", says: []string{"+ go\r\n", "+ go\r\n"}, first: "{5}", second: 5, want: []string{"a1 OK done\r\n"}},
		{name: "first refused", says: []string{"a1 NO no\r\n"}, first: "{5}", second: 5, want: []string{"a1 NO no\r\n"}},
		{name: "second refused", says: []string{"+ go\r\n", "a1 BAD no\r\n"}, first: "{5}", second: 5, want: []string{"a1 BAD no\r\n"}},
		{name: "without waiting, second accepted", says: []string{"+ go\r\n"}, first: "{5+}", second: 5, want: []string{"a1 OK done\r\n"}},
		{name: "without waiting, second refused", says: []string{"a1 NO no\r\n"}, first: "{5+}", second: 5, want: []string{"a1 NO no\r\n"}},
		{name: "answered OK too early", says: []string{"a1 OK early\r\n"}, first: "{5}", second: 5, want: []string{"a1 OK early\r\n"}},
		{name: "second too long, accepted", says: []string{"+ go\r\n", "+ go\r\n"}, first: "{5}", second: long, want: []string{"a1 OK done\r\n"}},
		{name: "second too long, refused", says: []string{"+ go\r\n", "a1 NO no\r\n"}, first: "{5}", second: long, want: []string{"a1 NO no\r\n"}},
		{name: "second too long, first refused", says: []string{"a1 NO no\r\n"}, first: "{5}", second: long, want: []string{"a1 NO no\r\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			leaktest.Check(t)
			heads := make(chan []string, 1)
			holds := holding(t, intercept.Commands, `command == "APPEND"`)
			defer release(holds)()
			rig := intercepttest.Start(t, verdicts(heads, tt.says), nil, holds)
			rig.Engine.Hurry(time.Hour, time.Millisecond)
			c := rig.Dial()
			r := greeted(t, c, 60*time.Second)
			ready := func() { line(t, r, "+ Ready for the literal\r\n") }
			fmt.Fprintf(c, "a1 APPEND %s\r\n", tt.first)
			if tt.first == "{5}" {
				ready()
			}
			fmt.Fprintf(c, "hello {%d}\r\n", tt.second)
			ready()
			go fmt.Fprint(c, body[:tt.second]+"\r\na2 NOOP\r\n")
			for _, want := range append(tt.want, "a2 OK done\r\n") {
				line(t, r, want)
			}
			c.CloseWrite()
			if all := <-heads; slices.ContainsFunc(all, func(s string) bool { return strings.HasPrefix(s, "x9") }) {
				t.Errorf("the server took the literal for %d commands", len(all)-2)
			}
		})
	}
}

// release releases what is held, until the function that it returns is called.
func release(holds *intercept.Holds) (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-holds.Changed():
				holds.ResumeAll()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// verdicts plays a server that answers each line that announces a literal with the next of says,
// and reads the literals that it asked for. In the end, heads receives the lines it took for
// commands.
func verdicts(heads chan<- []string, says []string) func(net.Conn) {
	return func(c net.Conn) {
		var all []string
		defer func() { heads <- all }()
		fmt.Fprint(c, "* OK ready\r\n")
		r := bufio.NewReader(c)
		for {
			head, err := r.ReadString('\n')
			if err != nil {
				return
			}
			all = append(all, head)
			tag, _, _ := strings.Cut(head, " ")
			ended := false
			for last := head; strings.HasSuffix(last, "}\r\n") && !ended; {
				var n int
				fmt.Sscanf(last[strings.LastIndexByte(last, '{'):], "{%d", &n)
				if !strings.HasSuffix(last, "+}\r\n") {
					if len(says) == 0 {
						return
					}
					io.WriteString(c, says[0])
					ended = says[0][0] != '+'
					says = says[1:]
				}
				if !ended {
					io.CopyN(io.Discard, r, int64(n))
					last, _ = r.ReadString('\n')
				}
			}
			if !ended {
				fmt.Fprintf(c, "%s OK done\r\n", strings.TrimSpace(tag))
			}
		}
	}
}

// notes returns the notes that were reported.
func (f *facts) notes() (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.all {
		if strings.Contains(s, " note ") {
			all = append(all, s)
		}
	}
	return all
}

// contains reports whether a note contains text.
func (f *facts) contains(text string) bool {
	return slices.ContainsFunc(f.notes(), func(s string) bool { return strings.Contains(s, text) })
}
