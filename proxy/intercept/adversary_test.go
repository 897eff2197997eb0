package intercept_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept"
	"imapscope/proxy/intercept/intercepttest"
)

// facts keeps what was reported, as text for each connection.
type facts struct {
	mu  sync.Mutex
	all []string
}

func (f *facts) Event(e *capture.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, fmt.Sprintf("%d %s %s %q", e.Conn, e.Kind, e.Dir, append(e.Data, e.Text...)))
	return nil
}

// shaped is a stage that gives each request a shape that changes nothing.
type shaped struct{}

func (shaped) Agent(*intercept.Conn) intercept.Agent { return shaped{} }
func (shaped) Wants(h *intercept.Head) bool          { return h.Dir == capture.ClientToServer }
func (shaped) Close()                                {}
func (shaped) Act(m *intercept.Message) {
	m.Shape(func(raw []byte) []intercept.Piece { return []intercept.Piece{{Data: raw}} }, capture.ByFault, "shaped")
}

// asks plays a server that asks for the literal of the first command with verdict, and records
// the lines that come as commands.
func asks(verdict string, lines chan<- string) func(net.Conn) {
	return func(c net.Conn) {
		defer close(lines)
		fmt.Fprint(c, "* OK ready\r\n")
		r := bufio.NewReader(c)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			lines <- line
			tag, _, _ := strings.Cut(line, " ")
			var n int
			if i := strings.LastIndexByte(line, '{'); i > 0 {
				fmt.Sscanf(line[i:], "{%d}", &n)
			}
			if n > 0 && verdict != "+" {
				fmt.Fprintf(c, "%s %s\r\n", tag, verdict)
				continue
			}
			if n > 0 {
				fmt.Fprint(c, "+ go\r\n")
				if _, err := io.CopyN(io.Discard, r, int64(n)); err != nil {
					return
				}
				if _, err := r.ReadString('\n'); err != nil {
					return
				}
			}
			fmt.Fprintf(c, "%s OK done\r\n", tag)
		}
	}
}

// greeted returns a reader behind the greeting. All that is read must come within a time.
func greeted(t *testing.T, c net.Conn, within time.Duration) *bufio.Reader {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(within))
	r := bufio.NewReader(c)
	line(t, r, "* OK ready\r\n")
	return r
}

func readAll(t *testing.T, c *net.TCPConn) string {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(8 * time.Second))
	b, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %q: %v", b, err)
	}
	return string(b)
}

func drain(lines <-chan string) (all []string) {
	for l := range lines {
		all = append(all, l)
	}
	return all
}

// line reads a line and compares it.
func line(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	got, err := r.ReadString('\n')
	if err != nil || got != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

func TestRefusedLiteralKeepsPipelinedCommand(t *testing.T) {
	leaktest.Check(t)
	asked, refuse := make(chan bool), make(chan bool)
	lines := make(chan string, 10)
	holds := holding(t, intercept.Commands, `command == "APPEND"`)
	c := intercepttest.Start(t, func(s net.Conn) {
		defer close(lines)
		fmt.Fprint(s, "* OK ready\r\n")
		b := bufio.NewScanner(s)
		for b.Scan() {
			lines <- b.Text()
			if strings.Contains(b.Text(), "{") {
				asked <- true
				<-refuse
				fmt.Fprint(s, "a1 NO full\r\n")
			} else {
				fmt.Fprint(s, "a2 OK done\r\n")
			}
		}
	}, nil, holds).Dial()
	r := greeted(t, c, 8*time.Second)
	fmt.Fprint(c, "a1 APPEND x {5}\r\n")
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "hello\r\n")
	if err := holds.Resume(next(t, holds).ID); err != nil {
		t.Fatal(err)
	}
	<-asked
	holds.SetRules(nil)
	fmt.Fprint(c, "a2 NOOP\r\n")
	time.Sleep(100 * time.Millisecond) // so that the command is queued
	refuse <- true
	line(t, r, "a1 NO full\r\n")
	line(t, r, "a2 OK done\r\n")
	c.CloseWrite()
	if got, want := drain(lines), []string{"a1 APPEND x {5}", "a2 NOOP"}; !slices.Equal(got, want) {
		t.Errorf("the server got %q", got)
	}
}

func TestRefusedLiteralPastLimitIsNotReadAsCommands(t *testing.T) {
	leaktest.Check(t)
	lines := make(chan string, 1000)
	holds := holding(t, intercept.Commands, `command == "APPEND"`)
	n := intercept.DefaultLimit + 100_000
	c := intercepttest.Start(t, asks("NO full", lines), nil, holds).Dial()
	r := greeted(t, c, 8*time.Second)
	fmt.Fprintf(c, "a1 APPEND x {%d}\r\n", n)
	line(t, r, "+ Ready for the literal\r\n")
	const evil = "x9 DELETE inbox\r\n"
	body := strings.Repeat(evil, n/len(evil)+1)[:n]
	go fmt.Fprint(c, body+"\r\na2 NOOP\r\n")
	line(t, r, "a1 NO full\r\n")
	go func() { io.Copy(io.Discard, r) }()
	bad := 0
	for l := range lines {
		if strings.HasPrefix(l, "a2") {
			break
		}
		if !strings.HasPrefix(l, "a1") {
			bad++
		}
	}
	go drain(lines)
	if bad > 0 {
		t.Errorf("the server got %d lines of the literal as commands", bad)
	}
}

// sees is a stage that records what it sees of the server's messages, as it is sent.
type sees struct {
	mu  sync.Mutex
	all []string
}

func (s *sees) Agent(*intercept.Conn) intercept.Agent { return s }
func (*sees) Wants(*intercept.Head) bool              { return true }
func (*sees) Close()                                  {}
func (s *sees) Act(m *intercept.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Dir == capture.ServerToClient {
		s.all = append(s.all, string(m.Out()))
	}
}

// TestOwnPlusAmidResponsesHidesNothing checks that an agent sees each message of the server's whole, also if the engine sends "+" among them.
func TestOwnPlusAmidResponsesHidesNothing(t *testing.T) {
	leaktest.Check(t)
	more := make(chan bool)
	s := new(sees)
	c := intercepttest.Start(t, func(s net.Conn) {
		fmt.Fprint(s, "* OK ready\r\n* 1 EXI")
		<-more
		fmt.Fprint(s, "STS\r\n* 3 FETCH (FLAGS (\\Seen) UID 44 RFC822.SIZE 99)\r\n* 2 RECENT\r\n")
		io.Copy(io.Discard, s)
	}, nil, s).Dial()
	r := greeted(t, c, 4*time.Second)
	fmt.Fprint(c, "a1 APPEND x {5}\r\n")
	time.Sleep(100 * time.Millisecond)
	more <- true
	for range 4 {
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	want := []string{"* OK ready\r\n", "* 1 EXISTS\r\n", "* 3 FETCH (FLAGS (\\Seen) UID 44 RFC822.SIZE 99)\r\n", "* 2 RECENT\r\n"}
	if !slices.Equal(s.all, want) {
		t.Errorf("the agent saw %q", s.all)
	}
}

// replies is a stage that answers each request in the server's place.
type replies struct{}

func (replies) Agent(*intercept.Conn) intercept.Agent { return replies{} }
func (replies) Wants(h *intercept.Head) bool          { return h.Dir == capture.ClientToServer }
func (replies) Close()                                {}
func (replies) Act(m *intercept.Message) {
	m.Change(nil, capture.ByEdit, "answered")
	m.Conn.Answer([]byte("* OK for you\r\n* OK and you\r\n"+string(m.Tag)+" OK done\r\n"), capture.ByEdit, fmt.Sprint(m.Conn.Outstanding()))
}

func TestAnswersPipelinedCommands(t *testing.T) {
	leaktest.Check(t)
	var f facts
	c := intercepttest.Start(t, intercepttest.Answers, &f, replies{}).Dial()
	r := greeted(t, c, 4*time.Second)
	fmt.Fprint(c, "a1 NOOP\r\na2 NOOP\r\na3 NOOP\r\n")
	for i := range 3 {
		line(t, r, "* OK for you\r\n")
		line(t, r, "* OK and you\r\n")
		line(t, r, fmt.Sprintf("a%d OK done\r\n", i+1))
	}
}

func TestShapeOfRequestWithLiteral(t *testing.T) {
	leaktest.Check(t)
	lines := make(chan string, 100)
	c := intercepttest.Start(t, asks("+", lines), nil, shaped{}).Dial()
	r := greeted(t, c, 8*time.Second)
	fmt.Fprint(c, "a1 APPEND x {5}\r\n")
	line(t, r, "+ Ready for the literal\r\n")
	fmt.Fprint(c, "hello\r\n")
	line(t, r, "a1 OK done\r\n")
}

func TestResetWhileHeldPasses(t *testing.T) {
	leaktest.Check(t)
	ended := make(chan error, 1)
	holds := holding(t, intercept.Commands, `command == "NOOP"`)
	c := intercepttest.Start(t, func(s net.Conn) {
		fmt.Fprint(s, "* OK ready\r\n")
		_, err := io.Copy(io.Discard, s)
		ended <- err
	}, nil, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\n")
	next(t, holds)
	c.SetLinger(0)
	c.Close()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the server's connection is open 5 s after the client was reset")
		holds.Close()
	}
}

func TestHalfClosedComesAfterBytes(t *testing.T) {
	leaktest.Check(t)
	holds := holding(t, intercept.Commands, `command == "NOOP"`)
	var f facts
	c := intercepttest.Start(t, intercepttest.Answers, &f, holds).Dial()
	fmt.Fprint(c, "a1 NOOP\r\n")
	c.CloseWrite()
	w := next(t, holds)
	time.Sleep(100 * time.Millisecond)
	holds.Edit(w.ID, []byte("a1 EXPUNGE\r\n"))
	readAll(t, c)
	time.Sleep(200 * time.Millisecond)
	f.mu.Lock()
	defer f.mu.Unlock()
	half := map[string]bool{}
	for _, s := range f.all {
		w := strings.Fields(s)
		key := w[0] + w[2]
		if w[1] == "half-closed" {
			half[key] = true
		} else if w[1] == "data" && half[key] {
			t.Errorf("bytes after the end of their direction: %s", s)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(f.all, "\n"))
	}
}
