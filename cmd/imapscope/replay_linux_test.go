package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
	"imapscope/proxy/replay"
	"imapscope/ui/load"
)

// TestHelpListsTheLoadFields: what a load writes as JSON lines is in the help.
func TestHelpListsTheLoadFields(t *testing.T) {
	l := replay.Load{Player: &replay.Player{Dial: func(context.Context) (net.Conn, []byte, error) { return nil, nil, errors.New("refused") }}}
	s, err := recorded(t.Context(), &env{err: io.Discard}, []string{"../../samples/mtest1988--imap-1.pcap"}, &reading{})
	if err != nil {
		t.Fatal(err)
	}
	l.Sessions = s.Sessions
	var out bytes.Buffer
	l.OnInterval = func(i *replay.Interval) {
		if err := load.Line(&out, i, i.Start); err != nil {
			t.Error(err)
		}
	}
	r := l.Run(t.Context())
	r.Commands = append(r.Commands, &replay.Latencies{Command: "NOOP", Now: r.Late, Sent: r.Late, Recorded: r.Late})
	if err := load.JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	topic, err := helpFiles.ReadFile("help/jsonl.md")
	if err != nil {
		t.Fatal(err)
	}
	types := 0
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		_, text, ok := strings.Cut(string(topic), "\n## "+fields["type"].(string)+"\n")
		if !ok {
			t.Errorf("jsonl.md has no %s", fields["type"])
		}
		types++
		text, _, _ = strings.Cut(text, "\n## ")
		for name := range fields {
			if !strings.Contains(text, `"`+name+`"`) {
				t.Errorf("jsonl.md, %s: nothing about %s", fields["type"], name)
			}
		}
	}
	if types != 6 { // two latencies, one of them of (connect)
		t.Errorf("%d types", types)
	}
}

// TestReplayInspector: in the inspector a recording is played against a server; what
// differs is marked, and shown side by side; it can be played again.
func TestReplayInspector(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: it wants a terminal")
	}
	dir := t.TempDir()
	b, err := os.ReadFile("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.pcap"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	to := sampleServer(t, proxytest.Mails(3, 500))
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8", "NO_COLOR=1"}
	term := proxytest.Tmux(t, dir, env, proxytest.Peer(t, "imapscope", "imapscope"), "replay", "a.pcap", "--to", to, "--inspect")
	term.Await(t, "16 exchanges played: ")
	term.Await(t, "≠        2/2 ")
	term.Keys(t, "g", "j", "d")
	term.Await(t, "A 1/2  A00001 SELECT INBOX")
	term.Await(t, "B 2/2  A00001 SELECT INBOX")
	term.Await(t, "EXISTS")
	term.Keys(t, "r")
	term.Await(t, "Transactions  48")
	term.Keys(t, "Q")
	term.AwaitEnd(t)
}

// TestLoadIsInterruptedTwice: the second Ctrl-C does not wait for a server that does not answer.
func TestLoadIsInterruptedTwice(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connected := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			fmt.Fprint(c, "* OK ready\r\n")
		}
		connected <- c
	}()
	defer l.Close()
	sample, err := filepath.Abs("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	p := startReading(t, t.TempDir(), "replay", sample, "--to", l.Addr().String(), "--clients", "1", "--duration", "1h", "--timeout", "1h")
	c := <-connected
	if c == nil {
		t.Fatal("there was no connection")
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 100)); err != nil { // LOGIN
		t.Fatal(err)
	}
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.Err.Await(t, load.Ending)
	if out := p.Out.String(); out != "" {
		t.Errorf("it ended although a session is in flight:\n%s", out)
	}
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := p.Wait(t)
	if out := p.Out.String(); code != 2 || !strings.Contains(out, "\nended early: 1 session cut short\n") || !strings.Contains(out, "\nLOGIN               1       0       1 ") {
		t.Errorf("exit code %d\n%s%s", code, out, p.Err)
	}
}

// TestLoadInATerminal: while it runs, a load shows its rate and its latency, and then the table
// in their place.
func TestLoadInATerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: it wants a terminal")
	}
	sample, err := filepath.Abs("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	to := sampleServer(t, proxytest.Mails(3, 500))
	env := []string{"TZ=UTC", "LC_ALL=C.UTF-8", "NO_COLOR=1"}
	term := proxytest.Tmux(t, t.TempDir(), env, "sh", "-c", `trap : INT; "$@"; echo "exit $?"; read wait`, "sh",
		proxytest.Peer(t, "imapscope", "imapscope"), "replay", sample, "--to", to, "--clients", "2", "--repeat", "1000000", "--rate", "20", "--interval", "200ms")
	term.Await(t, "commands/s ")
	term.Await(t, "p99 ms ")
	term.Await(t, " in flight, ")
	term.Keys(t, "C-c")
	term.Await(t, "ended early: ")
	term.Await(t, "exit 2")
	if screen := term.Screen(t); strings.Contains(screen, "in flight, ") || strings.Contains(screen, "p99 ms  ") {
		t.Errorf("something is left of it:\n%s", screen)
	}
	term.Keys(t, "Enter")
	term.AwaitEnd(t)
}

// TestLoadIsInterrupted: Ctrl-C ends a load early, which is not success, and prints what was
// measured until then.
func TestLoadIsInterrupted(t *testing.T) {
	sample, err := filepath.Abs("../../samples/mtest1988--imap-1.pcap")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	m := startReading(t, dir, "mock", sample, "--listen", "127.0.0.1:0")
	_, addr, _ := strings.Cut(m.Err.Await(t, " from 1 recorded session"), "answering on ")
	addr, _, _ = strings.Cut(addr, " ")
	p := startReading(t, dir, "replay", sample, "--to", addr, "--clients", "2", "--duration", "1h")
	m.Err.Await(t, "client 9, ")
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	code := p.Wait(t)
	if out := p.Out.String(); code != 2 || !strings.Contains(out, "\nended early: ") || !strings.Contains(out, "\nFETCH ") || p.Err.String() != "imapscope: "+load.Ending+"\nimapscope: the load ended early\n" {
		t.Errorf("exit code %d\n%s%s", code, out, p.Err)
	}
	if err := m.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	m.Wait(t)
}
