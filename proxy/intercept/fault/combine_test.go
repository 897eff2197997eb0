package fault_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/intercepttest"
)

// rich plays a server that offers capabilities when it answers LOGIN, has messages of two
// literals, and reports UIDVALIDITY everywhere.
func rich(c net.Conn) {
	fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN] ready\r\n")
	s := bufio.NewScanner(c)
	for s.Scan() {
		tag, command, _ := strings.Cut(s.Text(), " ")
		switch word, _, _ := strings.Cut(command, " "); word {
		case "LOGIN":
			fmt.Fprintf(c, "%s OK [CAPABILITY IMAP4rev1 IDLE MOVE] in\r\n", tag)
			continue
		case "AUTHENTICATE":
			fmt.Fprint(c, "+ \r\n")
			s.Scan()
		case "SELECT":
			fmt.Fprint(c, "* OK [UIDVALIDITY 7] valid\r\n")
		case "STATUS":
			fmt.Fprint(c, "* STATUS x (MESSAGES 2 UIDVALIDITY 7)\r\n")
		case "COPY":
			fmt.Fprintf(c, "%s OK [COPYUID 7 1 1] copied\r\n", tag)
			continue
		case "FETCH":
			fmt.Fprint(c, "* 4 FETCH (BODY[1] {3}\r\n{9} BODY[2] {4}\r\n)\r\n) UID 9)\r\n* 2 EXPUNGE\r\n")
		case "IDLE":
			fmt.Fprint(c, "+ idling\r\n")
			s.Scan()
		}
		fmt.Fprintf(c, "%s OK done\r\n", tag)
	}
}

// notes keeps the text of what faults did, in the order in which it was reported.
type notes struct {
	mu  sync.Mutex
	all []string
}

// Event implements capture.Sink.
func (n *notes) Event(e *capture.Event) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if text, ok := strings.CutPrefix(e.Text, capture.ByFault); ok && e.Kind == capture.Note {
		n.all = append(n.all, text)
	}
	return nil
}

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}

func setOf(t *testing.T, texts ...string) *fault.Set {
	t.Helper()
	set := fault.NewSet()
	for _, text := range texts {
		f, err := fault.Parse(text)
		if err == nil {
			_, err = set.Add(f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return set
}

func acted(set *fault.Set) (n []int) {
	for _, s := range set.List() {
		n = append(n, s.Acted)
	}
	return n
}

// TestFaultsCombine has faults meet in one message, and faults where messages are difficult.
func TestFaultsCombine(t *testing.T) {
	leaktest.Check(t)
	fetched := "* 4 FETCH (BODY[1] {3}\r\n{9} BODY[2] {4}\r\n)\r\n) UID 9)\r\n"
	for _, c := range []struct {
		faults    []string
		send, see string
		acted     []int
		again     int // notes beyond one for each time that a fault acted
		after     time.Duration
		before    time.Duration // 0: no limit
		reset     bool
	}{
		{faults: []string{"delay tagged 150ms", "tag x", `inject "* 1 EXPUNGE"`, "duplicate tagged"}, send: "a NOOP\r\n", see: "* 1 EXPUNGE\r\nx OK done\r\nx OK done\r\n", acted: []int{1, 1, 1, 1}, after: 150 * time.Millisecond},
		{faults: []string{`inject "* 1 EXPUNGE"`, "status NO no", "tag x"}, send: "a NOOP\r\n", see: "* 1 EXPUNGE\r\nx NO no\r\n", acted: []int{1, 1, 1}},
		{faults: []string{"tag x", "status BAD bad"}, send: "a NOOP\r\n", see: "x BAD bad\r\n", acted: []int{1, 1}},
		{faults: []string{"status NO no", "status BAD bad"}, send: "a NOOP\r\n", see: "a NO no\r\n", acted: []int{1, 0}},
		{faults: []string{"status BYE bye", "tag x"}, send: "a NOOP\r\n", see: "* BYE bye\r\n", acted: []int{1, 0}},
		{faults: []string{"tag x", "tag y"}, send: "a NOOP\r\n", see: "y OK done\r\n", acted: []int{1, 1}},
		{faults: []string{"drop tagged count 1", "tag x"}, send: "a NOOP\r\nb NOOP\r\n", see: "x OK done\r\n", acted: []int{1, 1}},
		{faults: []string{"tag x", "status NO no", "drop tagged count 1"}, send: "a NOOP\r\nb NOOP\r\n", see: "x NO no\r\n", acted: []int{1, 1, 1}},
		{faults: []string{"tag x", "delay tagged 100ms", "reset"}, send: "a NOOP\r\n", acted: []int{0, 1, 1}, after: 100 * time.Millisecond, reset: true},
		{faults: []string{"delay tagged 9s", "drop tagged"}, send: "a NOOP\r\n", acted: []int{0, 1}, before: 8 * time.Second},
		{faults: []string{`inject "* 3 EXISTS"`, "close"}, send: "a NOOP\r\n", see: "* 3 EXISTS\r\n", acted: []int{1, 1}},
		{faults: []string{"close", "reset", "stall", "half-close"}, send: "a NOOP\r\n", acted: []int{1, 0, 0, 0}},
		{faults: []string{"bye 1", "split bytes if command == \"FETCH\""}, send: "a FETCH 4 x\r\n", see: fetched + "* BYE shutting down\r\n", acted: []int{1, 1}},
		{faults: []string{"split bytes if command == \"FETCH\"", "delay data 100ms count 1", "bye 1"}, send: "a FETCH 4 x\r\n", see: fetched + "* BYE shutting down\r\n", acted: []int{1, 1, 1}, after: 100 * time.Millisecond, before: 8 * time.Second},
		{faults: []string{"bandwidth to-client 500 if command == \"NOOP\"", "split bytes if command == \"NOOP\""}, send: "a NOOP\r\n", see: "a OK done\r\n", acted: []int{1, 1}},
		{faults: []string{"split 2 if command == \"NOOP\"", "close"}, send: "a NOOP\r\n", acted: []int{0, 1}},
		{faults: []string{"literal 3"}, send: "a FETCH 4 x\r\n", see: "* 4 FETCH (BODY[1] {6}\r\n{9} BODY[2] {7}\r\n)\r\n) UID 9)\r\n* 2 EXPUNGE\r\na OK done\r\n", acted: []int{1}},
		{faults: []string{"literal -4"}, send: "a FETCH 4 x\r\n", see: "* 4 FETCH (BODY[1] {3}\r\n{9} BODY[2] {0}\r\n)\r\n) UID 9)\r\n* 2 EXPUNGE\r\na OK done\r\n", acted: []int{1}},
		{faults: []string{"renumber 3", "unclosed", "literal 1", "renumber 3"}, send: "a FETCH 4 x\r\n", see: "* 10 FETCH (BODY[1] {4}\r\n{9} BODY[2] {5}\r\n)\r\n) UID 9\r\n* 2 EXPUNGE\r\na OK done\r\n", acted: []int{1, 1, 1, 1}},
		{faults: []string{"cut 3", "cut 1"}, send: "a FETCH 4 x\r\n", see: "* 4 FETCH (BODY[1] {3}\r\n{9} BODY[2] {4}\r\n)\r\n", acted: []int{1, 0}},
		{faults: []string{"duplicate data if n == 1", "cut 1"}, send: "a FETCH 4 x\r\n", see: "* 4 FETCH (BODY[1] {3}\r\n{", acted: []int{0, 1}},
		{faults: []string{"split brace if command == \"FETCH\"", "split crlf if command == \"FETCH\""}, send: "a FETCH 4 x\r\n", see: fetched + "* 2 EXPUNGE\r\na OK done\r\n", acted: []int{3, 3}},
		{faults: []string{"uidvalidity 99"}, send: "a SELECT x\r\nb STATUS x (MESSAGES UIDVALIDITY)\r\nc COPY 1 x\r\n", see: "* OK [UIDVALIDITY 99] valid\r\na OK done\r\n* STATUS x (MESSAGES 2 UIDVALIDITY 99)\r\nb OK done\r\nc OK [COPYUID 99 1 1] copied\r\n", acted: []int{3}},
		{faults: []string{"tag x", "uidvalidity 99"}, send: "c COPY 1 x\r\n", see: "x OK [COPYUID 99 1 1] copied\r\n", acted: []int{1, 1}},
		{faults: []string{"hide move", "offer XNEW", "offer xnew"}, send: "a LOGIN u p\r\n", see: "a OK [CAPABILITY IMAP4rev1 IDLE XNEW] in\r\n", acted: []int{1, 2, 0}},
		{faults: []string{"hide AUTH=PLAIN"}, send: "a NOOP\r\n", see: "a OK done\r\n", acted: []int{1}},
		{faults: []string{"refuse-login 2"}, send: "a AUTHENTICATE PLAIN\r\nb LOGIN u p\r\nc LOGIN u p\r\n", see: "a NO [AUTHENTICATIONFAILED] refused by a fault\r\nb NO [AUTHENTICATIONFAILED] refused by a fault\r\nc OK [CAPABILITY IMAP4rev1 IDLE MOVE] in\r\n", acted: []int{2}},
		{faults: []string{`swap if command == "CHECK" count 1`}, send: "a CHECK\r\nb NOOP\r\nc NOOP\r\n", see: "b OK done\r\na OK done\r\nc OK done\r\n", acted: []int{1}, again: 1},
		{faults: []string{`tag x if command == "CHECK"`, "swap count 1"}, send: "a CHECK\r\nb NOOP\r\n", see: "b OK done\r\nx OK done\r\n", acted: []int{1, 1}, again: 1},
		{faults: []string{"delay first 100ms"}, send: "a NOOP\r\n", see: "a OK done\r\n", acted: []int{1}, after: 100 * time.Millisecond},
	} {
		t.Run(strings.Join(c.faults, ", "), func(t *testing.T) {
			for i, f := range c.faults { // the condition comes last in the language
				if cond, count, ok := strings.Cut(f, " count "); ok && strings.Contains(cond, " if ") {
					kind, cond, _ := strings.Cut(cond, " if ")
					c.faults[i] = kind + " count " + count + " if " + cond
				}
			}
			set, sink := setOf(t, c.faults...), new(notes)
			conn := intercepttest.Start(t, rich, sink, set).Dial()
			begin := time.Now()
			r := bufio.NewReader(conn)
			if _, err := r.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, c.send)
			conn.CloseWrite()
			got, err := io.ReadAll(r)
			took := time.Since(begin)
			if c.reset {
				if !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("%q, %v; want a reset", got, err)
				}
			} else if see := string(got); see != c.see || err != nil {
				t.Errorf("the client saw\n%q, %v\nwant\n%q", see, err, c.see)
			}
			if took < c.after || c.before > 0 && took > c.before {
				t.Errorf("it took %s", took)
			}
			if n := acted(set); !slices.Equal(n, c.acted) {
				t.Errorf("they acted %v times; want %v", n, c.acted)
			}
			total := 0
			for _, n := range acted(set) {
				total += n
			}
			if all := sink.list(); len(all) != total+c.again {
				t.Errorf("%d acts were noted as %q", total, all)
			}
		})
	}
}

func after(s, sep string) string {
	_, rest, _ := strings.Cut(s, sep)
	return rest
}
