package fault_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept/fault"
	"imapscope/proxy/intercept/intercepttest"
)

// server plays a server with one mailbox of two messages.
func server(c net.Conn) {
	fmt.Fprint(c, "* OK [CAPABILITY IMAP4rev1 IDLE STARTTLS] ready\r\n")
	s := bufio.NewScanner(c)
	for s.Scan() {
		tag, command, _ := strings.Cut(s.Text(), " ")
		switch word, _, _ := strings.Cut(command, " "); word {
		case "CAPABILITY":
			fmt.Fprint(c, "* CAPABILITY IMAP4rev1 IDLE\r\n")
		case "SELECT":
			fmt.Fprint(c, "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n")
		case "FETCH":
			fmt.Fprint(c, "* 1 FETCH (BODY[] {10}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\n")
		case "IDLE":
			fmt.Fprint(c, "+ idling\r\n")
			time.Sleep(100 * time.Millisecond)
			fmt.Fprint(c, "* 3 EXISTS\r\n")
			s.Scan()
		}
		fmt.Fprintf(c, "%s OK done\r\n", tag)
	}
}

const greeting = "* OK [CAPABILITY IMAP4rev1 IDLE STARTTLS] ready\r\n"

// cases has one case at least of each kind: what the client sends, and what it sees.
var cases = []struct {
	fault, send, see string
	after            time.Duration // at least
	reset            bool          // the connection is reset, not closed
}{
	{fault: "delay tagged 150ms", send: "a NOOP\r\n", see: greeting + "a OK done\r\n", after: 150 * time.Millisecond},
	{fault: "delay greeting 150ms", send: "a NOOP\r\n", see: greeting + "a OK done\r\n", after: 150 * time.Millisecond},
	{fault: "delay first 100ms 100ms", send: "a FETCH 1 x\r\n", see: greeting + "* 1 FETCH (BODY[] {10}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n", after: 100 * time.Millisecond},
	{fault: "bandwidth to-client 500", send: "a NOOP\r\n", see: greeting + "a OK done\r\n", after: 100 * time.Millisecond},
	{fault: "bandwidth to-server 100", send: "a NOOP\r\n", see: greeting + "a OK done\r\n", after: 80 * time.Millisecond},
	{fault: "stall 100ms", send: "a NOOP\r\n", see: greeting, after: 100 * time.Millisecond},
	{fault: "deaf 20ms", send: "a IDLE\r\n\x00DONE\r\n", see: greeting + "+ idling\r\na OK done\r\n"},
	{fault: "deaf 20s", send: "a IDLE\r\n\x00DONE\r\n", see: greeting + "+ idling\r\n* 3 EXISTS\r\na OK done\r\n"},
	{fault: `reset if command == "NOOP"`, send: "a CHECK\r\nb NOOP\r\n", reset: true},
	{fault: "close if n == 2", send: "a CHECK\r\nb NOOP\r\n", see: greeting + "a OK done\r\n"},
	{fault: "half-close", send: "b NOOP\r\n", see: greeting},
	{fault: "bye 1", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {10}\r\n0123456789)\r\n* BYE shutting down\r\n"},
	{fault: "cut 5", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {10}\r\n01234"},
	{fault: "limit 52", send: "a NOOP\r\nb NOOP\r\n", see: greeting + "a O"},
	{fault: "split bytes", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {10}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n"},
	{fault: "split brace", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {10}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n"},
	{fault: "split crlf", send: "a NOOP\r\n", see: greeting + "a OK done\r\n"},
	{fault: "split 7", send: "a NOOP\r\n", see: greeting + "a OK done\r\n"},
	{fault: "literal 3", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {13}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n"},
	{fault: "literal -4", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {6}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n"},
	{fault: "unclosed count 1", send: "a FETCH 1:2 x\r\n", see: greeting + "* 1 FETCH (BODY[] {10}\r\n0123456789\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n"},
	{fault: `smuggle "* OK injected"`, send: "a STARTTLS\r\n", see: greeting + "a OK done\r\n* OK injected\r\n"},
	{fault: `status NO [UNAVAILABLE] "try later" if command == "noop"`, send: "a NOOP\r\nb CHECK\r\n", see: greeting + "a NO [UNAVAILABLE] try later\r\nb OK done\r\n"},
	{fault: "status BYE", send: "a NOOP\r\n", see: greeting + "* BYE refused by a fault\r\n"},
	{fault: "refuse-login 1", send: "\x00a LOGIN u p\r\nb LOGIN u p\r\n", see: greeting + "a NO [AUTHENTICATIONFAILED] refused by a fault\r\nb OK done\r\n"},
	{fault: "drop tagged count 1", send: "a NOOP\r\nb NOOP\r\n", see: greeting + "b OK done\r\n"},
	{fault: "drop ready", send: "a IDLE\r\n\x00DONE\r\n", see: greeting + "* 3 EXISTS\r\na OK done\r\n"},
	{fault: "duplicate tagged", send: "a NOOP\r\n", see: greeting + "a OK done\r\na OK done\r\n"},
	{fault: "swap", send: "a NOOP\r\nb NOOP\r\n", see: greeting + "b OK done\r\na OK done\r\n"},
	{fault: "tag wrong", send: "a NOOP\r\n", see: greeting + "wrong OK done\r\n"},
	{fault: `inject "* 1 EXPUNGE"`, send: "a NOOP\r\n", see: greeting + "* 1 EXPUNGE\r\na OK done\r\n"},
	{fault: "uidvalidity 4711", send: "a SELECT x\r\n", see: greeting + "* 2 EXISTS\r\n* OK [UIDVALIDITY 4711] valid\r\na OK done\r\n"},
	{fault: "renumber 1 count 1", send: "a FETCH 1:2 x\r\n", see: greeting + "* 2 FETCH (BODY[] {10}\r\n0123456789)\r\n* 2 FETCH (FLAGS ())\r\na OK done\r\n"},
	{fault: "hide idle", send: "a CAPABILITY\r\n", see: "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n* CAPABILITY IMAP4rev1\r\na OK done\r\n"},
	{fault: "offer XNEW", send: "a CAPABILITY\r\n", see: "* OK [CAPABILITY IMAP4rev1 IDLE STARTTLS XNEW] ready\r\n* CAPABILITY IMAP4rev1 IDLE XNEW\r\na OK done\r\n"},
}

func TestFaults(t *testing.T) {
	leaktest.Check(t)
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.fault, func(t *testing.T) {
			f, err := fault.Parse(c.fault)
			if err != nil {
				t.Fatal(err)
			}
			seen[f.Kind] = true
			set := fault.NewSet()
			if _, err := set.Add(f); err != nil {
				t.Fatal(err)
			}
			conn := intercepttest.Start(t, server, nil, set).Dial()
			begin := time.Now()
			now, later, waits := strings.Cut(c.send, "\x00")
			io.WriteString(conn, now)
			if waits {
				time.Sleep(250 * time.Millisecond)
				io.WriteString(conn, later)
			}
			conn.CloseWrite()
			got, err := io.ReadAll(conn)
			if c.reset {
				if !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("%q, %v; want a reset", got, err)
				}
			} else if string(got) != c.see || err != nil {
				t.Errorf("the client saw\n%q, %v\nwant\n%q", got, err, c.see)
			}
			if took := time.Since(begin); took < c.after {
				t.Errorf("it took %s; want at least %s", took, c.after)
			}
			if s := set.List()[0]; (s.Acted == 0) != (c.fault == "deaf 20s") {
				t.Errorf("acted %d times", s.Acted)
			}
		})
	}
	for _, k := range fault.Kinds() {
		if !seen[k.Name] {
			t.Errorf("no case for %s", k.Name)
		}
	}
}

// ends collects how the directions of connections ended.
type ends chan string

// Event implements capture.Sink.
func (s ends) Event(e *capture.Event) error {
	if e.Kind == capture.HalfClosed || e.Kind == capture.Closed {
		s <- fmt.Sprint(e.Conn, " ", capturetest.Line(e))
	}
	return nil
}

// TestEndIsReported checks that each leg ends as its peer sees it: the client's from the server's
// side, and the server's from the client's, though neither of them ended it.
func TestEndIsReported(t *testing.T) {
	leaktest.Check(t)
	for text, cause := range map[string]string{"close": "FIN", "reset": "RST"} {
		f, err := fault.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		set := fault.NewSet()
		if _, err := set.Add(f); err != nil {
			t.Fatal(err)
		}
		seen := make(ends, 10)
		c := intercepttest.Start(t, server, seen, set).Dial()
		io.WriteString(c, "a NOOP\r\n")
		for conn, side := range []string{"server", "client"} {
			select {
			case end := <-seen:
				if !strings.HasPrefix(end, fmt.Sprint(conn+1, " ")) || !strings.HasSuffix(end, "half-closed "+side+" "+cause) {
					t.Errorf("%s: %q is the end of connection %d", text, end, conn+1)
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("%s: no end of connection %d was reported", text, conn+1)
			}
		}
		c.Close()
	}
}

func TestParseRoundTrip(t *testing.T) {
	for _, text := range []string{
		`delay tagged 5s if command == "FETCH"`, `status NO [UNAVAILABLE] "try later" probability 0.25 count 3 seed 7 if n == 3`,
		`inject "* OK [ALERT] count"`, `tag "if"`,
	} {
		f, err := fault.Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := fault.Parse(f.String())
		if err != nil || again.String() != f.String() || !slices.Equal(again.Args, f.Args) || again.If != f.If {
			t.Errorf("%s became %s, %v", text, f, err)
		}
	}
	if all := fault.All(3); len(all) != len(fault.Kinds()) || all[0].Seed != 3 {
		t.Errorf("%d faults of %d kinds", len(all), len(fault.Kinds()))
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "no kind",
		"dellay tagged 5s":                      "did you mean delay?",
		"delay tagged":                          "the time is missing; it is: delay ",
		"delay tagged 5":                        "not a duration",
		"delay never 5s":                        "none of greeting, ready",
		"reset now":                             `unexpected "now"`,
		"reset count 0":                         "count",
		"reset probability 2":                   "probability",
		`inject "* 1`:                           "the quote is not closed",
		`inject "a\nb"`:                         "must be one line",
		"reset if":                              "no condition",
		"reset if command ==":                   "reset if command ==",
		"reset if uid == 7":                     "known only once",
		"reset if (command":                     "reset",
		"reset if " + strings.Repeat("x", 9000): "longer than",
		"split 0":                               "none of bytes",
		"inject * 1 EXPUNGE":                    `unexpected "1"; words with spaces are in double quotes; it is: inject LINE`,
		`reset if command == "X" count 1`:       "the condition is the last part: count",
		"literal 0":                             "changes nothing",
	} {
		_, err := fault.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, k := range fault.Kinds() {
		f.Add(k.Example)
	}
	f.Add(`status NO [X] "a b" probability 0.5 count 2 seed 1 if command == "x"`)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 300 {
			return // decode/filter has its own fuzz test, of expressions
		}
		a, err := fault.Parse(text)
		if err != nil {
			return
		}
		b, err := fault.Parse(a.String())
		if err != nil || b.String() != a.String() {
			t.Errorf("%q became %q, then %q, %v", text, a, b, err)
		}
	})
}
