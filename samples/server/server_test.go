package server

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/capture/leaktest"
	"imapscope/decode"
	"imapscope/decode/syntax"
)

type fataler interface {
	Helper()
	Fatal(...any)
}

func newServer(t fataler, quirks ...string) *Server {
	t.Helper()
	s, err := New(Options{Users: map[string]string{"fred": "secret", "wilma": "pebble"}, Quirks: quirks})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// transcript plays a script: lines "1 C: text" are what client 1 sends, "1 C| text"
// without a line end. What the server says is below as "1 S: text".
func transcript(t fataler, s *Server, script string) string {
	t.Helper()
	sessions := make(map[byte]*Session)
	var out strings.Builder
	said := func(id byte, b []byte) {
		for line := range bytes.Lines(b) {
			fmt.Fprintf(&out, "%c S: %s\n", id, strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"))
		}
	}
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) < 4 || line[2] != 'C' {
			continue
		}
		id := line[0]
		x := sessions[id]
		if x == nil {
			x = s.NewSession()
			sessions[id] = x
			said(id, x.Greeting())
		}
		fmt.Fprintln(&out, line)
		text := strings.TrimPrefix(line[4:], " ")
		if line[3] == ':' {
			text += "\r\n"
		}
		answer, more := x.Write([]byte(text))
		said(id, answer)
		if !more {
			fmt.Fprintf(&out, "%c (closed)\n", id)
		}
	}
	return out.String()
}

// TestTranscripts plays the conversations of testdata. A comment "quirks: a b" gives
// the server quirks.
func TestTranscripts(t *testing.T) {
	golden.Archives(t, "testdata/*.txtar", func(t *testing.T, a *golden.Archive) {
		a.Compare("talk", transcript(t, newServer(t), a.Part("talk")))
	})
}

// session is a long conversation that meets every quirk.
const session = `1 C: a1 NOOP
1 C: a2 LOGIN {4}
1 C| fred
1 C:  secret
1 C: a3 SELECT INBOX
1 C: a4 FETCH 1:12 ALL
1 C: a5 FETCH 2 (RFC822 RFC822.HEADER)
1 C: a6 STORE 1:2 +FLAGS (\Deleted)
1 C: a7 SEARCH DELETED
2 C: b1 LOGIN fred secret
2 C: b2 SELECT INBOX
2 C: b3 STORE 3 +FLAGS (\Answered)
1 C: a8 CHECK
1 C: a9 EXPUNGE
1 C: a10 NOOP
1 C: a11 LOGOUT
`

// TestQuirks: each quirk changes what the server says to the same client, has a reason
// and a name of its own; and together they are nothing to be afraid of.
func TestQuirks(t *testing.T) {
	strict := transcript(t, newServer(t), session)
	seen := make(map[string]string)
	var all []string
	for _, q := range Quirks() {
		got := transcript(t, newServer(t, q.Name), session)
		if got == strict {
			t.Errorf("%s changes nothing", q.Name)
		}
		if other, twice := seen[got]; twice {
			t.Errorf("%s does what %s does", q.Name, other)
		}
		seen[got] = q.Name
		if q.Doc == "" || !strings.HasPrefix(q.Cite, "RFC 1176") {
			t.Errorf("%s has no reason", q.Name)
		}
		all = append(all, q.Name)
	}
	transcript(t, newServer(t, all...), session)
	if _, err := New(Options{Quirks: []string{"nonsense"}}); err == nil || !strings.Contains(err.Error(), "late-ready") {
		t.Errorf("%v", err)
	}
}

// TestDecoderFindsNoFaultWithoutQuirks: the decoder finds no fault with what the server says without quirks.
func TestDecoderFindsNoFaultWithoutQuirks(t *testing.T) {
	x := newServer(t).NewSession()
	d := decode.New(decode.Options{})
	at := time.Unix(0, 0)
	orphans, broken, txns := 0, 0, 0
	take := func(events []decode.Event) {
		for _, e := range events {
			switch e := e.(type) {
			case *decode.Message:
				n := 0
				tree := syntax.ParseResponse(&e.Message)
				if e.Dir == capture.ServerToClient {
					for err := range tree.Errors() {
						n++
						t.Errorf("%q: %v", e.Raw, err)
					}
				}
				if e.Kind == decode.Junk || e.Broken || n > 0 {
					broken++
				}
			case *decode.Transaction:
				txns++
				if e.Outcome != decode.Completed || e.Status == "" {
					orphans++
				}
			}
		}
	}
	take(d.Write(capture.ServerToClient, at, x.Greeting()))
	for line := range strings.Lines(session) {
		if line[0] != '1' {
			continue
		}
		text := strings.TrimPrefix(line[4:], " ")
		if line[3] == ':' {
			text = strings.TrimSuffix(text, "\n") + "\r\n"
		} else {
			text = strings.TrimSuffix(text, "\n")
		}
		take(d.Write(capture.ClientToServer, at, []byte(text)))
		answer, _ := x.Write([]byte(text))
		take(d.Write(capture.ServerToClient, at, answer))
	}
	if orphans+broken > 0 || txns != 11 {
		t.Errorf("%d orphans, %d broken, %d transactions", orphans, broken, txns)
	}
}

// TestAnswersDoNotDependOnCuts: the answers do not depend on how the commands were cut.
func TestAnswersDoNotDependOnCuts(t *testing.T) {
	var sent []byte
	for line := range strings.Lines(session) {
		if line[0] == '1' {
			text := strings.TrimSuffix(strings.TrimPrefix(line[4:], " "), "\n")
			if line[3] == ':' {
				text += "\r\n"
			}
			sent = append(sent, text...)
		}
	}
	whole, _ := newServer(t).NewSession().Write(sent)
	rapid.Check(t, func(t *rapid.T) {
		x := newServer(t).NewSession()
		var got []byte
		for at := 0; at < len(sent); {
			n := min(rapid.IntRange(1, 40).Draw(t, "octets"), len(sent)-at)
			answer, _ := x.Write(sent[at : at+n])
			got = append(got, answer...)
			at += n
		}
		if !bytes.Equal(got, whole) {
			t.Fatalf("got\n%s\nwant\n%s", got, whole)
		}
	})
}

// TestEachSessionAgreesWithItself: two sessions change one mailbox as they like, and each agrees with
// itself: what was reported to it adds up to what is there.
func TestEachSessionAgreesWithItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newServer(t)
		var xs []*Session
		counts := []int{0, 0}
		hear := func(i int, b []byte) {
			for line := range strings.Lines(string(b)) {
				var n int
				var word string
				if k, _ := fmt.Sscanf(line, "* %d %s", &n, &word); k == 2 {
					switch word {
					case "EXISTS":
						if n < counts[i] {
							t.Fatalf("session %d: %d messages, were %d", i, n, counts[i])
						}
						counts[i] = n
					case "EXPUNGE", "FETCH":
						if n < 1 || n > counts[i] {
							t.Fatalf("session %d: %s of %d messages", i, strings.TrimSpace(line), counts[i])
						}
						if word == "EXPUNGE" {
							counts[i]--
						}
					}
				}
			}
		}
		do := func(i int, command string) {
			answer, _ := xs[i].Write([]byte(fmt.Sprintf("t%d %s\r\n", i, command)))
			if !bytes.Contains(answer, fmt.Appendf(nil, "t%d ", i)) {
				t.Fatalf("%s: %q", command, answer)
			}
			hear(i, answer)
		}
		for i := range counts {
			xs = append(xs, s.NewSession())
			do(i, "LOGIN fred secret")
			do(i, "SELECT INBOX")
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			i := rapid.IntRange(0, 1).Draw(t, "session")
			n := rapid.IntRange(1, 14).Draw(t, "message")
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				do(i, fmt.Sprintf(`STORE %d +FLAGS (\Deleted)`, n))
			case 1:
				do(i, "EXPUNGE")
			case 2:
				do(i, fmt.Sprintf("COPY %d INBOX", n))
			case 3:
				do(i, "NOOP")
			case 4:
				do(i, fmt.Sprintf("FETCH %d RFC822.TEXT", n))
			case 5:
				do(i, "CHECK")
			case 6:
				do(i, fmt.Sprintf(`STORE %d FLAGS (\Flagged)`, n))
			}
		}
		for i := range xs {
			do(i, "NOOP")
		}
		if there := len(s.mailboxes("fred")["INBOX"].messages); counts[0] != there || counts[1] != there {
			t.Fatalf("%v, and there are %d", counts, there)
		}
	})
}

// TestServeAnswersManyClients: on a connection, with many clients; nothing is left afterwards.
func TestServeAnswersManyClients(t *testing.T) {
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- newServer(t).Serve(ctx, l) }()
	for i := range 20 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		fmt.Fprint(c, "a LOGIN fred secret\r\nb SELECT INBOX\r\nc LOGOUT\r\n")
		if i%2 == 0 {
			continue // never reads, stays
		}
		var all bytes.Buffer
		if _, err := all.ReadFrom(c); err != nil || !strings.HasSuffix(all.String(), "c OK LOGOUT completed\r\n") {
			t.Fatalf("%q, %v", all.String(), err)
		}
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		s, pattern string
		want       bool
	}{
		{"FOOBAR", "FOO*BAR", true}, {"FOOD.ON.THE.BAR", "FOO*BAR", true}, {"FOO.BAR", "FOO%BAR", true},
		{"FOOBAR", "FOO%BAR", false}, {"", "*", true}, {"x", "", false}, {"Lists", "l*s", true}, {"abc", "a*d", false},
		{strings.Repeat("a", 5000), strings.Repeat("a*", 2000) + "b", false},
	} {
		if got := like(c.s, c.pattern); got != c.want {
			t.Errorf("%.20q like %.20q: %t", c.s, c.pattern, got)
		}
	}
}

// FuzzSession: whatever a client sends, the server says no more than it may, and what
// it holds has a bound.
func FuzzSession(f *testing.F) {
	for line := range strings.Lines(session) {
		f.Add([]byte(strings.ReplaceAll(line[4:], "\n", "\r\n")))
	}
	f.Add([]byte("a LOGIN {4}\r\nfred {6}\r\nsecret\r\nb SELECT INBOX\r\nc FETCH 1:12 (FLAGS RFC822)\r\nd SEARCH SINCE 1-May-91 FROM x\r\n"))
	s := newServer(f)
	f.Fuzz(func(t *testing.T, sent []byte) {
		x := s.NewSession()
		x.user, x.boxes = "fred", s.mailboxes("fuzz")
		x.view = x.boxes["archive"].open()
		answer, _ := x.Write(sent)
		if len(x.in) > x.server.opts.MaxLine+int(x.server.opts.MaxLiteral)+len(sent) {
			t.Fatalf("%d octets held", len(x.in))
		}
		if n := bytes.Count(sent, []byte("\n")); len(answer) > (n+1)*(1<<20) {
			t.Fatalf("%d octets in answer to %d", len(answer), len(sent))
		}
		for line := range bytes.Lines(answer) {
			if !bytes.HasSuffix(line, []byte("\n")) {
				t.Fatalf("%q has no end", line)
			}
		}
	})
}

// TestSessionMisbehavesForOneAnswer: a session breaks rules for one answer, and then no more; beside it
// another one never does.
func TestSessionMisbehavesForOneAnswer(t *testing.T) {
	s, err := New(Options{Quirks: []string{"select-without-flags"}})
	if err != nil {
		t.Fatal(err)
	}
	x, other := s.NewSession(), s.NewSession()
	say := func(x *Session, line string) string {
		answer, _ := x.Write([]byte(line + "\r\n"))
		return string(answer)
	}
	for _, x := range []*Session{x, other} {
		x.Greeting()
		say(x, "a1 LOGIN fred secret")
	}
	if err := x.Misbehave("select-without-recent"); err != nil {
		t.Fatal(err)
	}
	got := say(x, "a2 SELECT INBOX")
	if strings.Contains(got, "FLAGS") || strings.Contains(got, "RECENT") {
		t.Errorf("misbehaving: %s", got)
	}
	beside := say(other, "a2 SELECT INBOX")
	if err := x.Misbehave(); err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{beside, say(x, "a3 SELECT INBOX")} {
		if strings.Contains(got, "FLAGS") || !strings.Contains(got, "RECENT") {
			t.Errorf("with the server's quirk alone: %s", got)
		}
	}
	if err := x.Misbehave("moody"); err == nil {
		t.Error("there is no such quirk")
	}
}

// TestServeDuringShortage: a failure of Accept that passes does not end the server.
func TestServeDuringShortage(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- newServer(t).Serve(ctx, &short{Listener: l}) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.HasPrefix(line, "* OK") {
		t.Errorf("%q, %v", line, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A short listener fails once, for want of descriptors.
type short struct {
	net.Listener
	failed bool
}

func (l *short) Accept() (net.Conn, error) {
	if !l.failed {
		l.failed = true
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}
