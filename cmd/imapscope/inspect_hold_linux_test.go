package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"imapscope/proxy/proxytest"
)

// holding opens the inspector of a proxy in a real terminal, has it hold FETCH commands, and
// returns a client's connection through it. editor is a shell script.
func holding(t *testing.T, editor string, flags ...string) (*proxytest.Terminal, *dialogue) {
	t.Helper()
	return holdingBelow(t, nil, editor, flags...)
}

// holdingBelow is holding with the inspector started by another program, which leader names.
func holdingBelow(t *testing.T, leader []string, editor string, flags ...string) (*proxytest.Terminal, *dialogue) {
	t.Helper()
	upstream := serving(t, okay)
	dir := t.TempDir()
	name := filepath.Join(dir, "editor")
	if err := os.WriteFile(name, []byte("#!/bin/sh\n"+editor+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"proxy", "--listen", "127.0.0.1:0", "--upstream", upstream, "--inspect", "--intercept", "none"}, flags...)
	line := slices.Concat(leader, []string{proxytest.Peer(t, "imapscope", "imapscope")}, args)
	term := proxytest.Tmux(t, dir, []string{"LC_ALL=C.UTF-8", "EDITOR=" + name}, line[0], line[1:]...)
	shown := regexp.MustCompile(`Point your client at (\S+:\d+)\.`).FindStringSubmatch(term.Await(t, "No connection yet."))
	if shown == nil {
		t.Fatal("it does not say where it listens")
	}
	term.Keys(t, "i")
	term.Await(t, "hold:")
	term.Keys(t, `command == "FETCH"`, "Enter")
	term.Await(t, `holding command == "FETCH"`)
	d := dial(t, shown[1])
	d.hear("* OK ready\r\n")
	d.ask("a", "SELECT INBOX") // is not held
	return term, d
}

// TestInspectEditsInTerminal edits a FETCH of a live session in an editor: the server gets the
// edited command, and the client its answer.
func TestInspectEditsInTerminal(t *testing.T) {
	term, d := holding(t, `sed 's/FETCH 1 FLAGS/FETCH 1:3 (FLAGS UID)/' "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"`)
	fmt.Fprint(d, "b FETCH 1 FLAGS\r\nc NOOP\r\n")
	term.Await(t, "Waiting  1")
	term.Await(t, "b FETCH 1 FLAGS")
	term.Keys(t, "e")
	term.Await(t, "sent, edited: b FETCH 1 FLAGS")
	d.hear("* OK was asked: FETCH 1:3 (FLAGS UID)\r\nb OK done\r\n* OK was asked: NOOP\r\nc OK done\r\n")
	term.Keys(t, "k")
	term.Await(t, "c NOOP")

	// In the pane, to one's own taste.
	fmt.Fprint(d, "d FETCH 2 FLAGS\r\n")
	term.Await(t, "Waiting  1")
	term.Keys(t, "E")
	term.Await(t, "Ctrl-S sends")
	term.Keys(t, "End", " UID", "C-s")
	term.Await(t, "sent, edited: d FETCH 2 FLAGS")
	d.hear("* OK was asked: FETCH 2 FLAGS UID\r\nd OK done\r\n")
	term.Keys(t, "Q")
	d.CloseWrite()
	term.AwaitEnd(t)
}

// TestInspectEditorNeverReturns: the traffic goes on while an editor does not return, what it
// edits is released, and the terminal is the inspector's again afterwards.
func TestInspectEditorNeverReturns(t *testing.T) {
	term, d := holding(t, `echo "editing for ever"; exec sleep 1000`, "--hold-timeout", "2s")
	fmt.Fprint(d, "b FETCH 1 FLAGS\r\n")
	term.Await(t, "Waiting  1")
	term.Keys(t, "e")
	term.Await(t, "editing for ever")
	term.Keys(t, "C-z") // no shell could make it go on
	d.hear("* OK was asked: FETCH 1 FLAGS\r\nb OK done\r\n")
	d.ask("c", "NOOP")
	term.Keys(t, "C-c")
	term.Await(t, "not sent: the editor failed: signal: interrupt")
	term.Keys(t, "j")
	term.Await(t, "c NOOP")

	// And it does not hinder the end.
	fmt.Fprint(d, "d FETCH 1 FLAGS\r\n")
	term.Await(t, "Waiting  1")
	term.Keys(t, "e")
	term.Await(t, "editing for ever")
	pid, err := strconv.Atoi(term.Format(t, "#{pane_pid}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	d.hear("* OK was asked: FETCH 1 FLAGS\r\nd OK done\r\n")
	d.CloseWrite()
	term.AwaitEnd(t)
}

// TestInspectTerminalClosedInEditor closes the terminal while an editor runs in it: what waits is
// released, and the program ends. Below a shell that does not pass SIGHUP on, it gets none: the
// editor is in the foreground, and has a process group of its own.
func TestInspectTerminalClosedInEditor(t *testing.T) {
	for name, leader := range map[string][]string{"leader": nil, "below a shell": {"/bin/sh", "-c", `"$@"; exit`, "sh"}} {
		t.Run(name, func(t *testing.T) {
			term, d := holdingBelow(t, leader, `echo "editing for ever"; exec sleep 1000`)
			fmt.Fprint(d, "b FETCH 1 FLAGS\r\n")
			term.Await(t, "Waiting  1")
			pid := term.Format(t, "#{pane_pid}")
			if leader != nil {
				pid = childOf(t, pid)
			}
			term.Keys(t, "e")
			term.Await(t, "editing for ever")
			term.Close(t)
			d.hear("* OK was asked: FETCH 1 FLAGS\r\nb OK done\r\n")
			d.CloseWrite()
			proxytest.Eventually(t, "the program ends", func() bool {
				_, err := os.Stat("/proc/" + pid)
				return err != nil
			})
		})
	}
}

// childOf returns the process that a process has started.
func childOf(t *testing.T, pid string) string {
	t.Helper()
	b, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	if err != nil || len(strings.Fields(string(b))) != 1 {
		t.Fatalf("the children of process %s: %q, %v", pid, b, err)
	}
	return strings.TrimSpace(string(b))
}
