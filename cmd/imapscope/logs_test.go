package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/capture/golden"
	"imapscope/capture/pcap"
)

// logSamples are logs: those made by hand, and those of real programs, if they are at hand.
func logSamples(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/logs/*.log")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d logs, %v", len(files), err)
	}
	if shared := os.Getenv("IMAPSCOPE_SHARED"); shared != "" {
		more, err := filepath.Glob(filepath.Join(shared, "logs", "*.log"))
		if err != nil || len(more) == 0 {
			t.Fatalf("no logs in %s", shared)
		}
		files = append(append(files, more...), filepath.Join(shared, "logs", "dovecot-rawlog"))
	}
	return files
}

// TestLogs decodes each log, as text, and compares the result with its golden file.
func TestLogs(t *testing.T) {
	for _, file := range logSamples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			got, err := decoded(t, file)
			if err != nil {
				t.Fatal(err)
			}
			golden.File(t, filepath.Join("testdata", "logs", filepath.Base(file)+".txt"), string(got))
		})
	}
}

// TestLogsSecrets: no password of a log is shown, whether the protocol sent it or the program
// wrote it into another line.
func TestLogsSecrets(t *testing.T) {
	password := regexp.MustCompile(`\bsecret\b`)
	for _, file := range logSamples(t) {
		for _, format := range []string{"text", "jsonl"} {
			out, err := decoded(t, "--format", format, "--verbose", file)
			if err != nil {
				t.Fatal(err)
			}
			out = bytes.ReplaceAll(out, []byte("report-secret.bin"), nil) // a mail's attachment
			if at := password.FindIndex(out); at != nil {
				t.Errorf("%s as %s: …%s…", file, format, out[max(0, at[0]-60):min(len(out), at[1]+20)])
			}
		}
	}
}

// logFacts reads a log.
func logFacts(r io.Reader) (*capturetest.Facts, error) {
	facts := new(capturetest.Facts)
	var ids capture.ConnID
	err := readLog(context.Background(), pcap.File{Reader: r, Name: "x", Origin: "x"}, func() capture.ConnID { ids++; return ids }, facts)
	return facts, err
}

// lines are facts for comparing.
func lines(facts *capturetest.Facts) string {
	var b strings.Builder
	for i := range facts.Events {
		fmt.Fprintln(&b, capturetest.Line(&facts.Events[i]))
	}
	return b.String()
}

// TestLogsSplit: it does not matter how a log arrives.
func TestLogsSplit(t *testing.T) {
	for _, file := range logSamples(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		want, err := logFacts(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := logFacts(iotest.OneByteReader(bytes.NewReader(text)))
		if err != nil {
			t.Fatal(err)
		}
		if lines(want) != lines(got) {
			t.Errorf("%s: other facts, byte by byte", file)
		}
	}
}

// TestLogsPacked: a log may be compressed, and come with captures and other logs.
func TestLogsPacked(t *testing.T) {
	text, err := os.ReadFile("testdata/logs/lsp.log")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(text)
	z.Close()
	file := filepath.Join(t.TempDir(), "lsp.log")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := decoded(t, file, "../../samples/mtest1988--imap-1.pcap", "testdata/logs/goimap.log")
	if err != nil {
		t.Fatal(err)
	}
	var conns []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "connection ") && strings.Contains(line, "->") {
			conns = append(conns, strings.Fields(line)[1]+" "+strings.Fields(line)[len(strings.Fields(line))-1])
		}
	}
	if len(conns) < 3 || conns[0] != "1: lsp.log" || conns[len(conns)-1] != fmt.Sprintf("%d: goimap.log", len(conns)) {
		t.Errorf("%q", conns)
	}
}

// TestLogsUnknown: what is no log is not taken for one.
func TestLogsUnknown(t *testing.T) {
	for name, text := range map[string]string{
		"prose":    "The server said OK.\n* Search the mailbox\n* a list of things\n> a quotation\nC: drive\nS: drive\n",
		"a mail":   "From: fred@example.org\nSubject: hello\n\n> a1 is the tag\nOK\n",
		"HTTP":     "> GET / HTTP/1.1\n> Host: x\n< HTTP/1.1 200 OK\n",
		"nothing":  "\n",
		"zeros":    "\x00\x00\x00\x00\x00",
		"long":     strings.Repeat("x", 3<<20),
		"SMTP":     "S: 220 ready\nC: EHLO x\nS: 250 OK\n",
		"markdown": "# Title\n\n* **OK**: fine\n* NO, this is prose\n",
	} {
		facts, err := logFacts(strings.NewReader(text))
		if !errors.Is(err, pcap.ErrForeign) || len(facts.Events) > 0 {
			t.Errorf("%s: %v, %d facts", name, err, len(facts.Events))
		}
	}
}

// TestLogsLiterals: the bytes of literals are counted as the log has them.
func TestLogsLiterals(t *testing.T) {
	const head = "S: * OK ready\nC: a1 FETCH 1 BODY[]\n"
	for _, c := range []struct{ name, log, server string }{
		{"CRs dropped", "S: * 1 FETCH (BODY[] {10}\nhello\nyou\nS: )\n", "{10}\r\nhello\r\nyou)\r\n"},
		{"CRs dropped, and the line end", "S: * 1 FETCH (BODY[] {12}\nhello\nyou\nS: )\n", "{12}\r\nhello\r\nyou\r\n)\r\n"},
		{"CRs kept", "S: * 1 FETCH (BODY[] {11}\nhello\r\nyou\nS: )\n", "{11}\r\nhello\r\nyou\n)\r\n"},
		{"with marks", "S: * 1 FETCH (BODY[] {12}\nS: hello\nS: you\nS: )\n", "{12}\r\nhello\r\nyou\r\n)\r\n"},
		{"left out", "S: * 1 FETCH (BODY[] {12}\nS: )\n", "{12}\r\n<gap 12>)\r\n"},
		{"cut", "S: * 1 FETCH (BODY[] {99}\nhello\nS: )\nS: a1 OK done\nS: * 2 EXISTS\n", ""},
		{"like a message", "S: * 1 FETCH (BODY[] {26}\nS: hello\nS: a1 OK not this\nS: )\nS: a1 OK done\n", "{26}\r\nhello\r\na1 OK not this\r\n)"},
	} {
		facts, err := logFacts(strings.NewReader(head + c.log))
		if err != nil {
			t.Fatal(err)
		}
		if got := serverSaid(facts); !strings.Contains(got, c.server) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// serverSaid is what the server sent, with its gaps.
func serverSaid(facts *capturetest.Facts) string {
	var b strings.Builder
	for _, e := range facts.Events {
		switch {
		case e.Dir != capture.ServerToClient:
		case e.Kind == capture.Data:
			b.Write(e.Data)
		case e.Kind == capture.Gap:
			fmt.Fprintf(&b, "<gap %d>", e.N)
		}
	}
	return b.String()
}
