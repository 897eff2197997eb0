package main

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// sendAll sends commands to a server, each after the answer to the one before.
func sendAll(t *testing.T, addr string, commands ...string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	lines := bufio.NewScanner(c)
	lines.Scan()
	for i, text := range commands {
		tag := fmt.Sprintf("a%d ", i+1)
		fmt.Fprintf(c, "%s%s\r\n", tag, text)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), tag) {
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// TestPeersMinimize: a session with a server of today is replayed to it through a proxy that breaks
// one command; minimize finds that command, and what it needs.
func TestPeersMinimize(t *testing.T) {
	dovecot := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{"fred": proxytest.Mails(5, 20_000)}})
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", dovecot.Plain, "--format", "none", "-w", file)
	sendAll(t, p.addr, "CAPABILITY", "LOGIN fred secret", `LIST "" *`, "STATUS INBOX (MESSAGES)", "EXAMINE INBOX", "FETCH 1:* (FLAGS RFC822.SIZE)",
		"NOOP", "SEARCH ALL", "FETCH 2 ENVELOPE", "NOOP", "UID SEARCH 2:3", "CLOSE", "LOGOUT")
	p.stop(t)
	broken := startProxy(t, "--upstream", dovecot.Plain, "--format", "none", "--fault", `status NO if command == "UID SEARCH"`)
	defer broken.stop(t)
	out, errs, text, err := minimized(t.Context(), t, file, "--to", broken.addr, "--port", port(p.addr), "--set", "password=secret", "--txn", "11", "--raw")
	if got := commands(text); err != nil || got != "LOGIN EXAMINE UID" {
		t.Errorf("%v, %q\n%s%s%s", err, got, out, errs, text)
	}
}
