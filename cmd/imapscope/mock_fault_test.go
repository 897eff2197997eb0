package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
)

// TestMockFault has the mock take faults: they act on its answers, and without one that acts a
// client sees what it sees from a mock without faults.
func TestMockFault(t *testing.T) {
	leaktest.Check(t)
	file := filepath.Join("..", "..", "samples", "five-messages-5.pcapng")
	without := mocked(t, file)
	for _, c := range []struct{ fault, old, new string }{
		{`tag wrong if command == "NOOP"`, "\r\nb OK", "\r\nwrong OK"},
		{`inject "* 9 EXISTS" if n == 1`, "a ", "* 9 EXISTS\r\na "},
		{`uidvalidity 4711`, "", ""}, // does not act
	} {
		if got, want := mocked(t, file, "--fault", c.fault), strings.Replace(without, c.old, c.new, 1); got != want || c.old != "" && want == without {
			t.Errorf("%s: the client saw\n%q\nwithout it\n%q", c.fault, got, without)
		}
	}
	root := newRoot(&env{out: io.Discard, err: io.Discard})
	root.SetArgs([]string{"mock", file, "--listen", "127.0.0.1:0", "--fault", "dellay"})
	if err := root.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "did you mean delay?") {
		t.Error(err)
	}
}

// mocked returns what a client sees of a mock.
func mocked(t *testing.T, file string, flags ...string) string {
	t.Helper()
	addr, stop := mocking(t, file, flags...)
	defer stop()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "a CAPABILITY\r\nb NOOP\r\nc LOGOUT\r\n")
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// mocking starts a mock. It returns its address, and a function that ends it.
func mocking(t *testing.T, file string, flags ...string) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	pr, pw := io.Pipe() // standard error
	root := newRoot(&env{out: io.Discard, err: pw})
	root.SetArgs(append([]string{"mock", file, "--listen", "127.0.0.1:0"}, flags...))
	done := make(chan error, 1)
	go func() {
		err := root.ExecuteContext(ctx)
		pw.CloseWithError(io.EOF)
		done <- err
	}()
	said := bufio.NewReader(pr)
	line, err := said.ReadString('\n')
	m := regexp.MustCompile(`answering on (\S+)`).FindStringSubmatch(line)
	if m == nil {
		cancel()
		t.Fatalf("%q, %v, %v", line, err, <-done)
	}
	go io.Copy(io.Discard, said)
	return m[1], func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, errFindings) {
			t.Error(err)
		}
		pw.Close()
	}
}
