package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture/golden"
	"imapscope/capture/leaktest"
	"imapscope/proxy/proxytest"
)

// TestPeersMock: a client of today completes the session that it was recorded with, with
// no server at all.
func TestPeersMock(t *testing.T) {
	mails := proxytest.Mails(5, 20_000)
	inboxes := map[string][]proxytest.Mail{}
	for user := range clients {
		inboxes[user] = mails
	}
	dovecot := proxytest.Dovecot(t, proxytest.Options{Inboxes: inboxes})
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			upstream, user := dovecot.Plain, name
			if name == "alpine" { // which speaks IMAP2 then
				upstream, user = sampleServer(t, mails), "fred"
			}
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			p := startProxy(t, "--upstream", upstream, "--format", "none", "-w", file)
			first := client(t, proxytest.Account{Addr: p.addr, User: user}, len(mails))
			p.stop(t)
			for _, pace := range []string{"none", "recorded"} {
				m := startVerb(t, "mock", "--pace", pace, "--strict", "--port", port(p.addr), file)
				again := client(t, proxytest.Account{Addr: m.addr, User: user}, len(mails))
				m.stop(t)
				if d := cmp.Diff(proxytest.Hashes(first), proxytest.Hashes(again)); d != "" {
					t.Errorf("pace %s: -from the server +from the mock\n%s", pace, d)
				}
			}
		})
	}
}

// replayed is what `imapscope replay` says, and its exit code.
func replayed(t *testing.T, args ...string) (string, int) {
	t.Helper()
	leaktest.Check(t)
	cmd := exec.Command("imapscope", append([]string{"replay"}, args...)...)
	cmd.Env = append(os.Environ(), "COLUMNS=", "TZ=UTC")
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestPeersReplay: what was recorded with a server of today is answered the same by it
// again, over TLS too; what was recorded elsewhere, with other mail, differs where one
// expects it to.
func TestPeersReplay(t *testing.T) {
	mails := proxytest.Mails(5, 20_000)
	dovecot := proxytest.Dovecot(t, proxytest.Options{Inboxes: map[string][]proxytest.Mail{
		"curl": mails, "imaplib": mails, "fred": mails, "wilma": mails, "fresh": mails,
	}})
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	p := startProxy(t, "--upstream", dovecot.Plain, "--format", "none", "-w", file)
	for _, name := range []string{"curl", "imaplib"} {
		clients[name](t, proxytest.Account{Addr: p.addr, User: name}, len(mails))
	}
	p.stop(t)
	t.Run("as another user", func(t *testing.T) {
		one := filepath.Join(t.TempDir(), "curl.pcapng")
		p := startProxy(t, "--upstream", dovecot.Plain, "--format", "none", "-w", one)
		clients["curl"](t, proxytest.Account{Addr: p.addr, User: "fresh"}, len(mails))
		p.stop(t)
		out, code := replayed(t, "--to", dovecot.Plain, "--set", "user=wilma,password=secret", "--port", port(p.addr), one)
		if code != 0 || !strings.Contains(out, "in 1 session compared: the same") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	// Who has seen the mails gets no flags with them, and there is no STARTTLS in TLS.
	expected := regexp.MustCompile(`(?m)^.*(message FLAGS|CAPABILITY\]?)$\n`)
	for _, c := range []struct {
		name string
		args []string
	}{
		{"plain", []string{"--to", dovecot.Plain}},
		{"starttls", []string{"--to", strings.Replace(dovecot.Plain, "127.0.0.1", "localhost", 1), "--tls", "starttls", "--ca", dovecot.CA}},
		{"implicit", []string{"--to", strings.Replace(dovecot.TLS, "127.0.0.1", "localhost", 1), "--tls", "implicit", "--ca", dovecot.CA}},
		{"at pace", []string{"--to", dovecot.Plain, "--pace", "2x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, code := replayed(t, append(c.args, "--set", "password=secret", "--format", "jsonl", "--port", port(p.addr), file)...)
			got := expected.ReplaceAllString(outline(out), "")
			if strings.TrimSpace(got) != "" || !strings.Contains(out, `"sessions":2,"exchanges":32,`) || !strings.Contains(out, `"failures":0`) || code != 1 {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
	t.Run("a challenge", func(t *testing.T) {
		out, code := replayed(t, "--to", dovecot.Plain, "--port", port(p.addr), file)
		if code != 2 || !strings.Contains(out, "CRAM-MD5") || !strings.Contains(out, "--set password=") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	t.Run("a certificate nobody vouches for", func(t *testing.T) {
		out, code := replayed(t, "--to", dovecot.TLS, "--tls", "implicit", "--set", "password=secret", "--port", port(p.addr), file)
		if code != 2 || !strings.Contains(out, "certificate") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	t.Run("a load", func(t *testing.T) {
		users := filepath.Join(t.TempDir(), "users.csv")
		if err := os.WriteFile(users, []byte("curl,secret\nimaplib,secret\nwilma,secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, code := replayed(t, "--to", dovecot.Plain, "--clients", "3", "--repeat", "10", "--users", users, "--port", port(p.addr), file)
		if code != 0 || !regexp.MustCompile(`30 sessions, \d+ commands, 0 errors`).MatchString(out) {
			t.Errorf("exit code %d\n%s", code, out)
		}
	})
	t.Run("the lab's", func(t *testing.T) {
		var got bytes.Buffer
		files, _ := filepath.Glob("testdata/lab/*--dovecot.pcap")
		if len(files) < 4 {
			t.Fatal("where are they?")
		}
		for _, f := range files {
			out, code := replayed(t, "--to", dovecot.Plain, "--port", labPorts, "--format", "jsonl", "--timeout", "10s", f)
			if code != 1 {
				t.Errorf("%s: exit code %d\n%s", f, code, out)
			}
			got.WriteString("# " + filepath.Base(f) + "\n" + outline(out))
		}
		golden.File(t, "testdata/replay-dovecot.txt", got.String())
	})
}

// outline is which facts of which transactions differ, without what they are: numbers
// are left out of their names.
func outline(jsonl string) string {
	fields := regexp.MustCompile(`"conn":(\d+),"n":(\d+),"tag":"[^"]*","request":"[^ "]* ?((?:UID )?[^ "]*)[^\n]*?","path":"((?:[^"\\]|\\.)*)"`)
	numbers := regexp.MustCompile(`message \d+`)
	var out []string
	for line := range strings.Lines(jsonl) {
		m := fields.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		l := strings.Join([]string{m[1], m[2], m[3], numbers.ReplaceAllString(m[4], "message")}, " ")
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n") + "\n"
}
