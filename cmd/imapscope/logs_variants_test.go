package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"imapscope/capture"
	"imapscope/capture/capturetest"
)

// saidIn is what was said in a log: the bytes of each connection and side, with gaps.
func saidIn(facts *capturetest.Facts) string {
	said := make(map[capture.ConnID]*[2]strings.Builder)
	var order []capture.ConnID
	for _, e := range facts.Events {
		if said[e.Conn] == nil {
			said[e.Conn] = new([2]strings.Builder)
			order = append(order, e.Conn)
		}
		switch e.Kind {
		case capture.Data:
			said[e.Conn][e.Dir].Write(e.Data)
		case capture.Gap:
			fmt.Fprintf(&said[e.Conn][e.Dir], "<gap %d>", e.N)
		}
	}
	var b strings.Builder
	for _, id := range order {
		fmt.Fprintf(&b, "== %d\n%s\n--\n%s\n", id, said[id][0].String(), said[id][1].String())
	}
	return b.String()
}

// before puts text before each line.
func before(text string) func([]byte) []byte {
	return func(log []byte) []byte {
		var b bytes.Buffer
		for line := range bytes.Lines(log) {
			b.WriteString(text)
			b.Write(line)
		}
		return b.Bytes()
	}
}

// asUTF16 is what PowerShell writes.
func asUTF16(log []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(string(log))) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return out
}

// asDocker is what Docker's json-file driver writes.
func asDocker(log []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(log) {
		text, _ := json.Marshal(string(line))
		fmt.Fprintf(&b, "{\"log\":%s,\"stream\":\"stderr\",\"time\":\"2026-11-29T10:00:00.1Z\"}\n", text)
	}
	return b.Bytes()
}

// logVariants are ways in which a log reaches the person who reads it.
var logVariants = map[string]func([]byte) []byte{
	"CRLF": func(log []byte) []byte {
		return bytes.ReplaceAll(bytes.ReplaceAll(log, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
	},
	"BOM":            func(log []byte) []byte { return append([]byte("\xef\xbb\xbf"), log...) },
	"UTF-16":         asUTF16,
	"syslog":         before("Nov 29 10:00:00 host prog[123]: "),
	"syslog, ISO":    before("2026-11-29T10:00:00.123456+01:00 host prog[123]: "),
	"kubectl":        before("2026-11-29T10:00:00.123456789Z "),
	"CRI":            before("2026-11-29T10:00:00.123456789Z stdout F "),
	"compose":        before("mail-1  | "),
	"compose, times": before("mail-1  | 2026-11-29T10:00:00.123456789Z "),
	"pods":           before("[pod/x-1/y] "),
	"Docker":         asDocker,
	"ts":             before("Nov 29 10:00:00 "),
	"logging":        before("2026-11-29 10:00:00,123 DEBUG root: "),
	"quoted":         before("> "),
	"quoted twice":   before(">> "),
	"indented":       before("    "),
}

// TestLogsVariants: what is before the lines of a log, how its lines end and how they are encoded
// changes nothing of what was said.
func TestLogsVariants(t *testing.T) {
	for _, name := range []string{
		"curl-reuse", "imapflow-raw", "imapflow-console", "jakarta-mail", "mail-imapclient", "mbsync-two-imap",
		"offlineimap-8", "s_client-msg", "thunderbird-153-imap4", "mailkit", "transcript", "lsp", "goimap", "android",
	} {
		log, err := os.ReadFile(filepath.Join("testdata", "logs", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := logFacts(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		for variant, change := range logVariants {
			if variant == "CRLF" && bytes.Contains(log, []byte("\r")) {
				continue // the log's own CRs say what a literal had
			}
			got, err := logFacts(bytes.NewReader(change(log)))
			if err != nil || saidIn(got) != saidIn(want) {
				t.Errorf("%s, %s: %v; other bytes", name, variant, err)
			}
		}
	}
}

// aSession is what transcripts are of.
var aSession = []string{
	"S* OK [CAPABILITY IMAP4rev1] ready", "Ca1 LOGIN fred secret", "Sa1 OK in", "Ca2 SELECT INBOX", "S* 3 EXISTS", "Sa2 OK [READ-WRITE] done",
	"Ca3 FETCH 1 (BODY[HEADER.FIELDS (SUBJECT)])", "S* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {20}", "SSubject: Grüße", "S", "S)", "Sa3 OK done",
	"Ca4 IDLE", "S+ idling", "S* 4 EXISTS", "CDONE", "Sa4 OK idle done", "Ca5 LOGOUT", "S* BYE bye", "Sa5 OK bye",
}

// transcribed is aSession with these marks, and something before each.
func transcribed(client, server string, before func(i int) string) string {
	var b strings.Builder
	for i, line := range aSession {
		mark := client
		if line[0] == 'S' {
			mark = server
		}
		b.WriteString(before(i) + mark + line[1:] + "\n")
	}
	return b.String()
}

func nothing(int) string { return "" }

// TestTranscripts: with any marks, and anything before them, it is the same session.
func TestTranscripts(t *testing.T) {
	want, err := logFacts(strings.NewReader(transcribed("C: ", "S: ", nothing)))
	if err != nil {
		t.Fatal(err)
	}
	logs := map[string]string{"fenced": "My problem:\n\n```\n" + transcribed("C: ", "S: ", nothing) + "```\nThanks\n"}
	for _, marks := range []string{
		"C:|S:", "C:\t|S:\t", "c: |s: ", "C : |S : ", "> |< ", ">|<", "-> |<- ", "--> |<-- ", "=> |<= ", "==> |<== ", ">> |<< ", ">>> |<<< ", "→ |← ",
		"client: |server: ", "Client: |Server: ", "CLIENT: |SERVER: ", "[client] |[server] ", "[C] |[S] ", "C> |S> ", "C->S: |S->C: ", "**C:** |**S:** ",
		"Sent: |Received: ", "SEND: |RECV: ", "OUT: |IN: ", "  * C: |  * S: ", "> C: |> S: ", "> > |> < ", "|",
	} {
		client, server, _ := strings.Cut(marks, "|")
		logs[marks] = transcribed(client, server, nothing)
	}
	for _, stamp := range []string{
		"2026-11-29T10:00:%02d.123Z ", "[2026-11-29 10:00:%02d,123] ", "10:00:%02d.5 ", "11/29/2026 10:00:%02d AM ", "29.11.2026 10:00:%02d ",
		"[29.11.2026 10:00:%02d] ", "2026/11/29 10:00:%02d.123456 ", "[29/Nov/2026:10:00:%02d +0100] ", "1795973148.%06d ", "+%d.250 ", "10:00:%02d AM ",
		"2026-11-29 10:00:%02d [DEBUG] imap: ", "%4d  ", "2026-11-29 10:00:%02d.123 +0100 ", "2026-11-29T10:00:%02d+0100 host app[1]: ",
	} {
		logs[stamp] = transcribed("C: ", "S: ", func(i int) string { return fmt.Sprintf(stamp, i) })
	}
	for name, log := range logs {
		got, err := logFacts(strings.NewReader(log))
		if err != nil || saidIn(got) != saidIn(want) {
			t.Errorf("%q: %v\n%s", name, err, saidIn(got))
		}
	}
}

// TestLogsMiddle: a log that begins in the middle is a connection without its beginning.
func TestLogsMiddle(t *testing.T) {
	for name, c := range map[string]struct {
		log string
		mid bool
	}{
		"whole":      {"S: * OK ready\nC: a1 NOOP\nS: a1 OK done\n", false},
		"marks":      {"C: a7 NOOP\nS: a7 OK done\n", true},
		"bare":       {"T7 NOOP\nT7 OK done\n", true},
		"JavaMail":   {"DEBUG IMAP: connection available -- size: 1\nA7 NOOP\nA7 OK done\n", true},
		"mutt":       {"[2026-11-29 10:00:00] 4> a0007 NOOP\n[2026-11-29 10:00:00] 4< a0007 OK done\n", true},
		"connecting": {"[2026-11-29 10:00:00] Connected to 192.0.2.9:143 on fd=4\n[2026-11-29 10:00:00] 4> a0000 NOOP\n", false},
	} {
		facts, err := logFacts(strings.NewReader(c.log))
		if err != nil || len(facts.Events) == 0 || facts.Events[0].Info == nil || facts.Events[0].Info.MidStream != c.mid {
			t.Errorf("%s: %v, %v", name, err, facts.Events)
		}
	}
}

// TestLogsGzip: gzip goes with each variant.
func TestLogsGzip(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(asUTF16([]byte(transcribed("C: ", "S: ", nothing))))
	z.Close()
	file := filepath.Join(t.TempDir(), "log.gz")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := decoded(t, file); err != nil || !strings.Contains(string(out), "a5 OK bye") {
		t.Errorf("%v\n%s", err, out)
	}
}
