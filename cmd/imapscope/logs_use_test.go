package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"imapscope/capture"
	"imapscope/capture/leaktest"
)

// logFindings are the rules that find something in the logs, all of it true of the programs: a
// log that is not in this table is not compared.
var logFindings = map[string][]string{
	"android.log":           {"S034"}, // the list lacks \Deleted
	"goimap.log":            {"S006"},
	"imapflow.log":          {"S006"},
	"javamail.log":          nil,
	"lsp.log":               nil,
	"mailkit.log":           {"S006"},
	"offlineimap.log":       nil,
	"s_client.log":          nil,
	"thunderbird.log":       nil,
	"transcript.log":        {"C002"}, // FETCH without SELECT
	"alpine-d9-imap4.log":   nil,
	"curl-trace.log":        nil,
	"curl-v-trace-time.log": nil,
	"fetchmail-vv.log":      nil,
	"imaplib-debug4.log":    {"E004"},
	"mbsync-Dn.log":         nil,
	"mutt-d5.log":           {"E001"},
	"dovecot-rawlog":        {"E004", "E007"},
}

// rulesOn runs check and returns the rules that found something.
func rulesOn(t *testing.T, file string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run([]string{"check", "--format", "jsonl", file}, strings.NewReader(""), &out, &errs); code > 1 {
		t.Fatalf("%s: %s", file, &errs)
	}
	var ids []string
	for line := range strings.Lines(out.String()) {
		var f struct{ ID string }
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.ID != "" && !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestLogsFindings: what check finds in a log is true of the programs, not of the log; and a
// redacted log is still one.
func TestLogsFindings(t *testing.T) {
	clean := filepath.Join(t.TempDir(), "clean.pcapng")
	for _, file := range logSamples(t) {
		found := rulesOn(t, file)
		if want, ok := logFindings[filepath.Base(file)]; ok && !slices.Equal(found, want) {
			t.Errorf("%s: %q, want %q", file, found, want)
		}
		var errs bytes.Buffer
		if code := run([]string{"redact", "--force", file, clean}, strings.NewReader(""), &errs, &errs); code != 0 {
			t.Fatalf("%s: %s", file, &errs)
		}
		if again := rulesOn(t, clean); !slices.Equal(found, again) {
			t.Errorf("%s: %q, redacted %q", file, found, again)
		}
		if out, err := decoded(t, clean); err != nil || !bytes.Contains(out, []byte(capture.FromLog)) {
			t.Errorf("%s: redacted, it is no log (%v)", file, err)
		}
	}
}

// TestLogsEverywhere gives a log to each verb that reads captures: as it is, compressed, and from
// standard input.
func TestLogsEverywhere(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/logs/thunderbird.log")
	if err != nil {
		t.Fatal(err)
	}
	var gz, zst bytes.Buffer
	z := gzip.NewWriter(&gz)
	z.Write(text)
	z.Close()
	s, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	s.Write(text)
	s.Close()
	forms := map[string][]byte{"plain": text, "gzip": gz.Bytes(), "zstd": zst.Bytes()}
	for _, verb := range []string{
		"decode FILE", "decode --format jsonl FILE", "decode --format tree FILE", "decode --filter ms>=0 FILE", "check FILE", "why FILE", "coverage FILE",
		"report -o - FILE", "report -o - --redact FILE", "replay --dry-run FILE", "diff FILE FILE",
	} {
		want := ""
		for _, form := range []string{"plain", "zstd", "gzip", "stdin"} {
			file := filepath.Join(dir, "x.log")
			switch {
			case form != "stdin":
				if err := os.WriteFile(file, forms[form], 0o600); err != nil {
					t.Fatal(err)
				}
			case strings.Count(verb, "FILE") > 1:
				continue
			default:
				standardInput(t, file) // gzip
				file = "-"
			}
			var out, errs bytes.Buffer
			code := run(strings.Fields(strings.ReplaceAll(verb, "FILE", file)), strings.NewReader(""), &out, &errs)
			if code != 0 || out.Len() == 0 {
				t.Errorf("%s, %s: exit code %d, %s", verb, form, code, &errs)
			}
			got := strings.ReplaceAll(out.String(), "x.log", "-")
			if strings.HasPrefix(verb, "report") {
				got = ""
			}
			if form == "plain" {
				want = got
			} else if got != want {
				t.Errorf("%s, %s: other output:\n%s\nwant\n%s", verb, form, got, want)
			}
		}
	}
}

// standardInput has the test read file as its standard input.
func standardInput(t *testing.T, file string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	os.Stdin = f
	t.Cleanup(func() {
		os.Stdin = before
		f.Close()
	})
}

// TestNoLog: what is neither a capture nor a log is an error of one line that says what to do.
func TestNoLog(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"README.md": "# A program\n\nSome words.\n\n" + strings.Repeat("More words.\n", 20) + "C: a1 LOGIN fred secret\nS: a1 OK\n" + strings.Repeat("More words.\n", 20),
		"x.json":    `{"a": ["* OK hello", "a1 LOGIN x y"]}` + "\n",
		"x.go":      "package main\n\nfunc main() { println(`* OK hello`) }\n",
		"x.eml":     "From: fred@example.org\nSubject: a1 LOGIN\n\n> a1 LOGIN fred secret\n> * OK\n",
		"x.mbox":    "From fred Thu Jan  1 00:00:00 1970\nFrom: fred@example.org\n\n* OK hello\na1 LOGIN fred secret\n",
		"syslog":    "Nov 29 10:00:00 host sshd[1]: session opened for user fred\n",
		"x.html":    "<html><body>\n<pre>\nS: * OK hello\nC: a1 NOOP\n</pre>\n",
		"x.bin":     "\x00\x01\x02\x03S: * OK hello\nC: a1 NOOP\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var out, errs bytes.Buffer
		code := run([]string{"decode", file}, strings.NewReader(""), &out, &errs)
		if code != 2 || out.Len() > 0 || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), name+": not a ") {
			t.Errorf("%s: exit code %d\n%s%s", name, code, &out, &errs)
		}
		if name != "x.html" && name != "x.bin" && !strings.Contains(errs.String(), "imapscope help logs") {
			t.Errorf("%s: %s", name, &errs)
		}
	}
}

// TestLogsProgress: of logs, and of the files of a rawlog, the size and how much has been read of
// them are known.
func TestLogsProgress(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"1.in":  strings.Repeat("1000000000.000001 a1 NOOP\r\n", 10_000),
		"1.out": strings.Repeat("1000000000.000001 a1 OK done\r\n", 10_000),
		"x.log": "S: * OK hello\n" + strings.Repeat("C: a1 NOOP\nS: a1 OK done\n", 10_000),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"x.log", "."} {
		c := openCaptures(&env{err: &bytes.Buffer{}}, []string{filepath.Join(dir, name)}, sources{})
		total, ok := c.size()
		var seen []int64
		c.OnProgress(func(n int64) { seen = append(seen, n) })
		if err := c.Run(context.Background(), discard{}); err != nil {
			t.Fatal(err)
		}
		if !ok || len(seen) < 5 || !slices.IsSorted(seen) || seen[len(seen)-1] < total {
			t.Errorf("%s: %d (%t), %d steps to %d", name, total, ok, len(seen), seen[len(seen)-1])
		}
	}
}

// A sharedBuffer is a buffer that is read while it is written to.
type sharedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sharedBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *sharedBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// waitFor waits until a text was written.
func (s *sharedBuffer) waitFor(t *testing.T, text string) {
	t.Helper()
	for range 6000 { // a minute
		if strings.Contains(s.String(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%q is not in\n%s", text, s)
}

// TestLogsFollow: a log is decoded as it grows, whole lines at a time.
func TestLogsFollow(t *testing.T) {
	leaktest.Check(t)
	file := filepath.Join(t.TempDir(), "x.log")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out sharedBuffer
	root := newRoot(&env{out: &out, err: &out})
	root.SetArgs([]string{"decode", "--follow", file})
	done := make(chan error)
	go func() { done <- root.ExecuteContext(ctx) }()
	for _, step := range []struct{ add, want string }{
		{"S: * OK hello\nC: a1 NO", ""},
		{"OP\nS: a1 OK done\n", "a1 OK done"},
		{"C: a2 LOGOUT\nS: * BYE\nS: a2 OK", ""},
		{" bye\n", "a2 OK bye"},
	} {
		f.WriteString(step.add)
		out.waitFor(t, step.want)
	}
	cancel()
	<-done
	pair := t.TempDir()
	for _, name := range []string{"1.in", "1.out"} {
		if err := os.WriteFile(filepath.Join(pair, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var errs bytes.Buffer
	if code := run([]string{"decode", "--follow", pair}, strings.NewReader(""), &errs, &errs); code != 2 || !regexp.MustCompile(`^imapscope: --follow .*\n$`).Match(errs.Bytes()) {
		t.Errorf("%d, %s", code, &errs)
	}
}
