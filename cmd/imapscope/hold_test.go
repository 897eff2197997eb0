package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imapscope/decode/protocol"
	"imapscope/proxy/intercept"
	"imapscope/proxy/metrics"
	"imapscope/ui/view"
)

// logged receives each piece that is logged.
type logged chan string

func (l logged) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestProxyIntercept checks that a command is held, announced without its secrets, released after
// a time, and that the recording says so.
func TestProxyIntercept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	recording := filepath.Join(t.TempDir(), "held.pcapng")
	log := make(logged, 100)
	addr, done := runLoggedProxy(ctx, t, io.Discard, log, "--upstream", answering(t), "-q", "-w", recording,
		"--intercept", `command == "LOGIN"`, "--intercept", `responses: command == "LOGIN"`, "--hold-timeout", "1ms")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, "a LOGIN fred sesame\r\n")
	c.(*net.TCPConn).CloseWrite()
	got, err := io.ReadAll(c)
	if want := "* OK ready\r\n* 3 EXISTS\r\na OK done\r\n"; err != nil || string(got) != want {
		t.Errorf("the client saw %q, %v; want %q", got, err, want)
	}
	c.Close()
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a LOGIN fred ######", "* 3 EXISTS", "a OK done"} {
		select {
		case text := <-log:
			if !strings.Contains(text, "held") || !strings.Contains(text, want) {
				t.Errorf("%q was logged, want %q", text, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%q was not logged", want)
		}
	}
	var out strings.Builder
	root := newRoot(&env{out: &out, err: io.Discard})
	root.SetArgs([]string{"decode", recording})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "held: LOGIN for 0.") || strings.Contains(out.String(), "leg is") {
		t.Errorf("decode shows\n%s", out.String())
	}
}

// TestProxyInterceptEnds checks that what is held is released when the proxy is asked to end.
func TestProxyInterceptEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	addr, done := runProxy(ctx, t, io.Discard, "--upstream", answering(t), "-q", "--intercept", "exchanges:")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "a NOOP\r\n")
	r := bufio.NewReader(c)
	c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if line, err := r.ReadString('\n'); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q came, %v", line, err)
	}
	c.SetReadDeadline(time.Time{})
	cancel()
	for _, want := range []string{"* OK ready\r\n", "* 3 EXISTS\r\n", "a OK done\r\n"} {
		if line, err := r.ReadString('\n'); err != nil || line != want {
			t.Errorf("%q, %v; want %q", line, err, want)
		}
	}
	c.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestHandFlags checks what there is for each combination of flags.
func TestHandFlags(t *testing.T) {
	for _, x := range []struct {
		intercept  []string
		asked      bool
		holds, act bool
		rules      int
		timeout    time.Duration // 0: the default
		err        string
	}{
		{},
		{timeout: time.Second, err: "--hold-timeout goes with --intercept"},
		{timeout: time.Second, asked: true, holds: true, act: true},
		{asked: true, holds: true, act: true},
		{intercept: []string{"none"}, holds: true, act: true},
		{intercept: []string{""}, holds: true, act: true, rules: 1},
		{intercept: []string{`tag == "a"`, "responses: ", "none"}, holds: true, act: true, rules: 2},
		{intercept: []string{`tag ==`}, err: "--intercept \"tag ==\": filter"},
		{intercept: []string{`replies: tag == "a"`}, err: "filter"},
	} {
		f := handFlags{intercept: x.intercept, timeout: cmp.Or(x.timeout, intercept.DefaultHoldTimeout)}
		h, err := f.hands(x.asked)
		if x.err != "" || err != nil {
			if err == nil || x.err == "" || !strings.Contains(err.Error(), x.err) {
				t.Errorf("%q: %v, want %q", x.intercept, err, x.err)
			}
			continue
		}
		if h.act() != x.act || (h.holds != nil) != x.holds || h.holds != nil && len(h.holds.Rules()) != x.rules {
			t.Errorf("%q, %t: %+v", x.intercept, x.asked, h)
		}
		if x.act && h.hook(view.Options{}, protocol.UnknownDialect, metrics.New(), slog.New(slog.DiscardHandler)) == nil {
			t.Error("there is no hook")
		}
	}
	if _, err := (&handFlags{intercept: []string{"none"}}).hands(false); err == nil {
		t.Error("a time-out of 0 was accepted")
	}
}

// TestFlagsWithoutReport checks that flags that have no effect without --report are refused.
func TestFlagsWithoutReport(t *testing.T) {
	for _, args := range [][]string{
		{"--time-limit", "3s"},
		{"--mail-user", "fred"},
		{"--mail-password-file", "x"},
	} {
		var out, log bytes.Buffer
		code := run(append([]string{"proxy", "--listen", "127.0.0.1:0", "--upstream", "127.0.0.1:1"}, args...), nil, &out, &log)
		if want := "with --report"; code != 2 || !strings.Contains(log.String(), want) {
			t.Errorf("%q: exit code %d, %s; want %q", args, code, &log, want)
		}
	}
}
