package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

// answering is a server that says OK to everything, and how often it was asked.
func answering(t *testing.T) (addr string) {
	t.Helper()
	leaktest.Check(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				fmt.Fprint(c, "* OK ready\r\n")
				for lines := bufio.NewScanner(c); lines.Scan(); {
					tag, _, _ := strings.Cut(lines.Text(), " ")
					fmt.Fprintf(c, "* 3 EXISTS\r\n%s OK done\r\n", tag)
				}
			}()
		}
	}()
	return l.Addr().String()
}

// runProxy runs the proxy verb in this process with a free port, and returns its address and what it returns.
func runProxy(ctx context.Context, t *testing.T, out io.Writer, args ...string) (addr string, done <-chan error) {
	t.Helper()
	return runLoggedProxy(ctx, t, out, io.Discard, args...)
}

// runLoggedProxy is like runProxy. What it logs once it listens goes to log.
func runLoggedProxy(ctx context.Context, t *testing.T, out, log io.Writer, args ...string) (addr string, done <-chan error) {
	t.Helper()
	pr, pw := io.Pipe() // stderr: where it listens
	t.Cleanup(func() { pw.Close() })
	root := newRoot(&env{out: out, err: pw})
	root.SetArgs(append([]string{"proxy", "--listen", "127.0.0.1:0"}, args...))
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	for said := bufio.NewReader(pr); ; {
		line, err := said.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`listening on (\S+)`).FindStringSubmatch(line); m != nil {
			go io.Copy(log, said)
			return m[1], ended
		}
	}
}

// TestProxy: what a client and a server say through the proxy arrives, and is
// shown; the end of the context ends it once the connections have.
func TestProxy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out strings.Builder
	addr, done := runProxy(ctx, t, &out, "--upstream", answering(t), "-q", "--stats")

	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(c)
	expect := func(want string) {
		t.Helper()
		if got, err := answers.ReadString('\n'); err != nil || got != want+"\r\n" {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	expect("* OK ready")
	for _, command := range []string{"a LOGIN fred secret", "b SELECT INBOX"} {
		fmt.Fprintf(c, "%s\r\n", command)
		expect("* 3 EXISTS")
		expect(command[:1] + " OK done")
	}
	cancel() // drain: this connection goes on
	fmt.Fprint(c, "c NOOP\r\n")
	expect("* 3 EXISTS")
	expect("c OK done")
	c.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the proxy does not end")
	}
	for _, want := range []string{"a LOGIN fred ********", "b SELECT INBOX  (1 EXISTS)", "c NOOP", "1 connection, 3 transactions"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
