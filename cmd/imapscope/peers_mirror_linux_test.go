package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"imapscope/proxy/proxytest"
)

// mirrorLine is a JSON line of a mirror.
type mirrorLine struct {
	Type, Request, Path, A, B, Text string
	Connections                     int
	Commands, Same, Different       int
	Skipped, Ended                  []struct {
		Why   string
		Count int
	}
}

// mirrorLines returns the lines of a proxy's output that a mirror writes, and the totals.
func mirrorLines(t *testing.T, out string) (differences []mirrorLine, total mirrorLine) {
	t.Helper()
	for line := range strings.Lines(out) {
		var l mirrorLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			continue // of another type
		}
		switch l.Type {
		case "difference", "mirror-ended":
			differences = append(differences, l)
		case "mirror":
			total = l
		}
	}
	return differences, total
}

// imapSays has a user send commands to a server, each after the answer to the one before it, and returns
// what the server said.
func imapSays(t *testing.T, addr, user string, commands ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var heard strings.Builder
	buf := make([]byte, 64<<10)
	for i, command := range append([]string{"LOGIN " + user + " " + proxytest.Password}, commands...) {
		tag := fmt.Sprint("t", i)
		whole := regexp.MustCompile(`(?m)^` + tag + ` .*\r\n`)
		fmt.Fprintf(c, "%s %s\r\n", tag, command)
		for from := heard.Len(); !whole.MatchString(heard.String()[from:]); {
			n, err := c.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			heard.Write(buf[:n])
		}
	}
	return heard.String()
}

// TestPeersMirror checks that two Dovecots that hold the same mail, under other unique identifiers,
// answer clients the same, and that the second one is as it was: nothing is read, added or removed.
func TestPeersMirror(t *testing.T) {
	mails := proxytest.Mails(6, 20_000)
	names := []string{"curl", "imaplib", "mutt", "mbsync"}
	first, second := map[string][]proxytest.Mail{}, map[string][]proxytest.Mail{}
	for _, name := range names {
		first[name] = mails
		second[name] = append([]proxytest.Mail{mails[5]}, mails...)
	}
	a := proxytest.Dovecot(t, proxytest.Options{Inboxes: first})
	b := proxytest.Dovecot(t, proxytest.Options{Inboxes: second, Extensions: true})
	state := func(name string) string {
		s := imapSays(t, b.Plain, name, `LIST "" *`, "EXAMINE INBOX", "FETCH 1:* (UID FLAGS RFC822.SIZE)")
		return regexp.MustCompile(`(?m)^(t\d|\* OK \[CAPABILITY|\* OK Waiting for).*\n`).ReplaceAllString(s, "") // times, and a busy Dovecot
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			imapSays(t, b.Plain, name, "SELECT INBOX", `STORE 1 +FLAGS.SILENT (\Deleted)`, "EXPUNGE", "LOGOUT") // the UIDs differ
			imapSays(t, b.Plain, name, "SELECT INBOX", "LOGOUT")                                                // \Recent
			before := state(name)
			// The servers differ in their plugins.
			p := startProxy(t, "--upstream", a.Plain, "--mirror", b.Plain, "--format", "jsonl", "--set", "password="+proxytest.Password,
				"--ignore", "CAPABILITY", "--ignore", "status [CAPABILITY]", "--ignore", "greeting [CAPABILITY]", "--ignore", "OK [HIGHESTMODSEQ]", "--ignore", "OK [NOMODSEQ]")
			got := clients[name](t, proxytest.Account{Addr: p.addr, User: name}, len(mails))
			if len(got) != len(mails) {
				t.Errorf("the client has %d mails", len(got))
			}
			if err := p.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			code := p.Wait(t)
			differences, total := mirrorLines(t, p.Out.String())
			for _, d := range differences {
				t.Errorf("%+v", d)
			}
			if total.Same < 4 || total.Different > 0 || code != 0 {
				t.Errorf("exit code %d, %+v\n%s", code, total, p.Err)
			}
			t.Logf("%+v", total)
			if after := state(name); after != before {
				t.Errorf("the second server had\n%s\nand now\n%s", before, after)
			}
		})
	}
}

// TestMirrorTLS checks that a session in TLS, which the proxy opens, is mirrored to a server with TLS.
func TestMirrorTLS(t *testing.T) {
	mails := proxytest.Mails(3, 2_000)
	inboxes := map[string][]proxytest.Mail{"imaplib": mails}
	a, b := proxytest.Dovecot(t, proxytest.Options{Inboxes: inboxes}), proxytest.Dovecot(t, proxytest.Options{Inboxes: inboxes})
	for _, mode := range []string{"starttls", "implicit"} {
		t.Run(mode, func(t *testing.T) {
			to := b.Plain
			if mode == "implicit" {
				to = b.TLS
			}
			p := startProxy(t, "--upstream", a.Plain, "--client-tls", mode, "--format", "jsonl",
				"--mirror", strings.Replace(to, "127.0.0.1", "localhost", 1), "--mirror-tls", mode, "--mirror-ca", b.CA,
				"--ignore", "CAPABILITY", "--ignore", "status [CAPABILITY]") // Dovecot reports them here or there, by when TLS began
			account := proxytest.Account{Addr: p.addr, User: "imaplib", TLS: proxytest.TLS(slices.Index(modes, mode)), CA: p.ca(t)}
			clients["imaplib"](t, account, len(mails))
			if err := p.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			code := p.Wait(t)
			differences, total := mirrorLines(t, p.Out.String())
			if code != 0 || len(differences) > 0 || total.Same < 5 {
				t.Errorf("exit code %d, %+v, %+v", code, differences, total)
			}
		})
	}
	t.Run("not opened", func(t *testing.T) {
		p := startProxy(t, "--upstream", a.TLS, "--format", "jsonl", "--mirror", b.Plain)
		account := proxytest.Account{Addr: p.addr, User: "imaplib", TLS: proxytest.TLS(slices.Index(modes, "implicit")), CA: a.CA}
		clients["imaplib"](t, account, len(mails))
		if err := p.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		code := p.Wait(t)
		ended, total := mirrorLines(t, p.Out.String())
		if code != 1 || len(ended) != 1 || !strings.Contains(ended[0].Text, "cannot be read") || total.Same > 0 {
			t.Errorf("exit code %d, %+v, %+v", code, ended, total)
		}
	})
}
