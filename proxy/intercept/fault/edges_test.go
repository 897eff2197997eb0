package fault_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
	"imapscope/proxy/intercept/intercepttest"
)

// TestChunksDoNotMatter has the server send its bytes one by one: the faults act as on whole
// messages.
func TestChunksDoNotMatter(t *testing.T) {
	leaktest.Check(t)
	const sent = "* 4 FETCH (BODY[1] {3}\r\n{9} BODY[2] {4}\r\n)\r\n) UID 9)\r\na OK [UIDVALIDITY 7] done\r\n"
	for text, want := range map[string]string{
		"literal 3":        "* 4 FETCH (BODY[1] {6}\r\n{9} BODY[2] {7}\r\n)\r\n) UID 9)\r\na OK [UIDVALIDITY 7] done\r\n",
		"unclosed":         "* 4 FETCH (BODY[1] {3}\r\n{9} BODY[2] {4}\r\n)\r\n) UID 9\r\na OK [UIDVALIDITY 7] done\r\n",
		"duplicate tagged": sent + "a OK [UIDVALIDITY 7] done\r\n",
		"uidvalidity 8":    strings.Replace(sent, "UIDVALIDITY 7", "UIDVALIDITY 8", 1),
		"cut 2":            "* 4 FETCH (BODY[1] {3}\r\n{9",
	} {
		t.Run(text, func(t *testing.T) {
			set := setOf(t, text)
			c := intercepttest.Start(t, func(c net.Conn) {
				fmt.Fprint(c, "* OK ready\r\n")
				bufio.NewReader(c).ReadString('\n')
				c.(*net.TCPConn).SetNoDelay(true)
				for i := range len(sent) {
					if _, err := io.WriteString(c, sent[i:i+1]); err != nil {
						return
					}
					time.Sleep(time.Millisecond / 4) // so that it is a segment of its own
				}
			}, nil, set).Dial()
			io.WriteString(c, "a FETCH 4 x\r\n")
			got, err := io.ReadAll(c)
			if see := after(string(got), "ready\r\n"); see != want || err != nil {
				t.Errorf("the client saw\n%q, %v\nwant\n%q", see, err, want)
			}
		})
	}
}

// TestSmuggledIsInTheSameSegment checks that what is smuggled reaches the client together with
// the OK, as an attacker's bytes would: a client that reads both before its handshake is the
// one that is looked for.
func TestSmuggledIsInTheSameSegment(t *testing.T) {
	leaktest.Check(t)
	set := setOf(t, `smuggle "* OK [ALERT] evil"`)
	c := intercepttest.Start(t, intercepttest.Answers, nil, set).Dial()
	r := bufio.NewReader(c)
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "a STARTTLS\r\n")
	if _, err := r.ReadString('\n'); err != nil { // what the server repeats
		t.Fatal(err)
	}
	line, err := r.ReadString('\n')
	if err != nil || line != "a OK done\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if rest, _ := r.Peek(r.Buffered()); string(rest) != "* OK [ALERT] evil\r\n" {
		t.Errorf("behind the OK, read with it: %q", rest)
	}
}

// TestDeafEndsWithItsIdle checks that a fault of one IDLE does not act between IDLEs, nor too
// early in the next.
func TestDeafEndsWithItsIdle(t *testing.T) {
	leaktest.Check(t)
	set := setOf(t, "deaf 10ms")
	more := make(chan bool)
	c := intercepttest.Start(t, func(c net.Conn) {
		fmt.Fprint(c, "* OK ready\r\n")
		for s := bufio.NewScanner(c); s.Scan(); {
			tag, command, _ := strings.Cut(s.Text(), " ")
			if command == "IDLE" {
				fmt.Fprint(c, "+ idling\r\n")
				if tag == "b" {
					<-more
				}
				fmt.Fprintf(c, "* %s EXISTS\r\n", map[string]string{"a": "1", "b": "2"}[tag])
				s.Scan()
			} else {
				fmt.Fprint(c, "* 9 EXISTS\r\n")
			}
			fmt.Fprintf(c, "%s OK done\r\n", tag)
		}
	}, nil, set).Dial()
	io.WriteString(c, "a IDLE\r\nDONE\r\nn NOOP\r\nb IDLE\r\n")
	time.Sleep(50 * time.Millisecond) // longer than the fault waits
	more <- true
	io.WriteString(c, "DONE\r\nm NOOP\r\n")
	c.CloseWrite()
	got, err := io.ReadAll(c)
	// The first IDLE is too short for the fault.
	want := "* OK ready\r\n+ idling\r\n* 1 EXISTS\r\na OK done\r\n* 9 EXISTS\r\nn OK done\r\n+ idling\r\nb OK done\r\n* 9 EXISTS\r\nm OK done\r\n"
	if string(got) != want || err != nil {
		t.Errorf("the client saw\n%q, %v\nwant\n%q", got, err, want)
	}
	if n := acted(set)[0]; n != 1 {
		t.Errorf("it acted %d times", n)
	}
}

// TestRefuseLoginIsPerConnection checks that each connection has its refusals, that the server
// sees none of the refused logins, and that count is a limit for all connections.
func TestRefuseLoginIsPerConnection(t *testing.T) {
	leaktest.Check(t)
	logins := make(chan string, 20)
	set := setOf(t, "refuse-login 1 count 2")
	rig := intercepttest.Start(t, func(c net.Conn) {
		fmt.Fprint(c, "* OK ready\r\n")
		for s := bufio.NewScanner(c); s.Scan(); {
			tag, _, _ := strings.Cut(s.Text(), " ")
			if strings.HasSuffix(s.Text(), "}") {
				fmt.Fprint(c, "+ go\r\n")
				s.Scan()
			}
			logins <- tag
			fmt.Fprintf(c, "%s OK done\r\n", tag)
		}
	}, nil, set)
	for i, want := range []string{"a NO [AUTHENTICATIONFAILED] refused by a fault\r\nb OK done\r\n", "a NO [AUTHENTICATIONFAILED] refused by a fault\r\nb OK done\r\n", "a OK done\r\nb OK done\r\n"} {
		c := rig.Dial()
		r := bufio.NewReader(c)
		r.ReadString('\n')
		io.WriteString(c, "a LOGIN u {1}\r\n")
		if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "+ ") {
			t.Fatalf("%q, %v", line, err)
		}
		io.WriteString(c, "p\r\nb LOGIN u p\r\n")
		c.CloseWrite()
		got, err := io.ReadAll(r)
		if string(got) != want || err != nil {
			t.Errorf("connection %d saw %q, %v; want %q", i+1, got, err, want)
		}
	}
	close(logins)
	var seen []string
	for tag := range logins {
		seen = append(seen, tag)
	}
	if got := strings.Join(seen, ""); got != "bbab" {
		t.Errorf("the server saw %q", got)
	}
}
