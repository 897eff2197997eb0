package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/proxy/proxytest"
)

// servingMemory is how much memory the verbs that keep a capture may take.
const servingMemory = 600 << 20

// TestAttackInspector opens the hostile inputs in a real terminal, moves about in them, and
// leaves.
func TestAttackInspector(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("skipped with -short and with the race detector")
	}
	for in, transactions := range map[string]string{
		"endless-line": "1", "endless-command": "1", "outstanding": "10,000", "unknown-data": "1", "parentheses": "1",
		"literals": "1", "quotes": "1", "expunge": "4", "tiny-connections": "20,000",
	} {
		t.Run(in, func(t *testing.T) {
			dir := t.TempDir()
			file := attackInput(t, dir, in, 1)
			term := proxytest.Tmux(t, dir, []string{"TZ=UTC", "LC_ALL=C.UTF-8", "TMPDIR=" + dir}, proxytest.Peer(t, "imapscope", "imapscope"), "inspect", file)
			term.Await(t, "Transactions  "+transactions)
			pid, err := strconv.Atoi(term.Format(t, "#{pane_pid}"))
			if err != nil {
				t.Fatal(err)
			}
			term.Keys(t, "G", "k", "Tab", "j", "2", "3", "4", "5", "6", "/", "x", "Enter", "g")
			term.Await(t, "Transactions ")
			if most := highest(pid); most > servingMemory {
				t.Errorf("%d MB of memory; the bound is %d", most>>20, servingMemory>>20)
			} else {
				t.Logf("%d MB", most>>20)
			}
			term.Keys(t, "Q")
			term.AwaitEnd(t)
			if shown := term.Screen(t); strings.Contains(shown, "panic") || strings.Contains(shown, "goroutine") {
				t.Error(shown)
			}
		})
	}
}

// TestAttackMock serves hostile recordings to a hostile client, which sends a line without
// an end, a literal of 4 GB, and no reader.
func TestAttackMock(t *testing.T) {
	if raceDetector || testing.Short() {
		t.Skip("skipped with -short and with the race detector")
	}
	for _, in := range []string{"outstanding", "orphans", "parentheses", "literals", "quotes", "passwords", "tiny-connections"} {
		t.Run(in, func(t *testing.T) {
			file := attackInput(t, t.TempDir(), in, 1)
			p := start(t, read, read, "mock", "--listen", freeAddr(t), file)
			for _, attack := range [][]byte{
				bytes.Repeat([]byte("x"), 8<<20),
				[]byte("a LOGIN {4294967285}\r\n" + strings.Repeat("y", 8<<20)),
				bytes.Repeat([]byte("a0 FETCH 1:* (FLAGS UID RFC822.SIZE)\r\n"), 20_000),
			} {
				c := p.dial()
				_ = c.SetDeadline(time.Now().Add(3 * time.Second))
				_, _ = c.Write(attack) // it may be refused, or not read to its end
				c.Close()
			}
			if most := highest(p.Process.Pid); most > servingMemory {
				t.Errorf("%d MB of memory; the bound is %d", most>>20, servingMemory>>20)
			} else {
				t.Logf("%d MB", most>>20)
			}
			p.signal(os.Interrupt)
			p.signal(syscall.SIGTERM) // clients that are still open are cut
			if code := p.ends(); code > 1 {
				t.Errorf("exit code %d", code)
			}
			if log := p.stderr(); strings.Contains(log, "panic") || len(log) > 64<<10 {
				t.Errorf("%d bytes of standard error: %.2000s", len(log), log)
			}
		})
	}
}
