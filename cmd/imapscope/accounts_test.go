package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/golden"
	"imapscope/capture/pcap/pcaptest"
	"imapscope/decode/decodetest"
)

// TestCheckShowsAccounts checks that check reports what connections show together: how many a
// user had, and which figures went back; and nothing about an account with one connection.
func TestCheckShowsAccounts(t *testing.T) {
	session := func(id, user, figures string) string {
		return id + " " + strings.ReplaceAll(strings.NewReplacer("USER", user, "FIGURES", figures).Replace(`S: * OK [CAPABILITY IMAP4rev1] ready
C: a LOGIN USER opensesame
S: a OK in
C: b STATUS INBOX (UIDNEXT UIDVALIDITY)
S: * STATUS INBOX (FIGURES)
S: b OK done
C: c LOGOUT
S: * BYE x
S: c OK x
# closed by the client`), "\n", "\n"+id+" ") + "\n"
	}
	file := func(sessions ...[3]string) string {
		var talk strings.Builder
		for _, s := range sessions {
			talk.WriteString(session(s[0], s[1], s[2]))
		}
		b, err := pcaptest.Record(func(s capture.Sink) error { return decodetest.Talk(talk.String(), s) })
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "talk.pcapng")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	several := file([3]string{"1", "fred", "UIDNEXT 9 UIDVALIDITY 7"}, [3]string{"2", "fred", "UIDNEXT 8 UIDVALIDITY 7"}, [3]string{"3", "fred", "UIDNEXT 1 UIDVALIDITY 8"}, [3]string{"4", "anna", "UIDNEXT 1 UIDVALIDITY 1"})
	text := outputOf(t, "check", several)
	for _, want := range []string{"accounts:\n  fred at ", ": 3 connections, 1 at once at most\n    INBOX\n      UIDVALIDITY changed from 7 to 8: ", "      UIDNEXT went back from 9 to 8: "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "anna at") || strings.Contains(text, "opensesame") {
		t.Errorf("anna's one connection, or a secret, is shown:\n%s", text)
	}
	lines := outputOf(t, "check", "--format", "jsonl", several)
	for kind, want := range map[string]int{"account": 1, "mailbox": 1, "address": 1, "change": 0} {
		if n := strings.Count(lines, `{"type":"`+kind+`"`); n != want {
			t.Errorf("%d lines of %s; want %d\n%s", n, kind, want, lines)
		}
	}
	one := file([3]string{"1", "fred", "UIDNEXT 9 UIDVALIDITY 7"})
	if out := outputOf(t, "check", one); strings.Contains(out, "accounts:") {
		t.Errorf("one connection, and yet\n%s", out)
	}
}

// TestStatsShowAccounts compares what decode --stats shows of accounts, as text and as JSON
// lines, with testdata/accounts; -update rewrites it.
func TestStatsShowAccounts(t *testing.T) {
	golden.Archives(t, "testdata/accounts/*.txtar", func(t *testing.T, a *golden.Archive) {
		b, err := pcaptest.Record(func(s capture.Sink) error { return decodetest.Talk(a.Part("talk"), s) })
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "talk.pcapng")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		text := outputOf(t, "decode", "--format", "none", "--stats", file)
		_, text, _ = strings.Cut(text, "\nfred at ") // the figures before it are about commands
		var lines strings.Builder
		for line := range strings.Lines(outputOf(t, "decode", "--format", "jsonl", "--stats", file)) {
			for _, kind := range []string{"address", "account", "mailbox", "change"} {
				if strings.HasPrefix(line, `{"type":"`+kind+`"`) {
					lines.WriteString(line)
				}
			}
		}
		if strings.Contains(text+lines.String(), "opensesame") {
			t.Errorf("a secret is shown\n%s", text)
		}
		a.Compare("text", text)
		a.Compare("jsonl", lines.String())
	})
}
