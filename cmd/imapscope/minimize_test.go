package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imapscope/capture/leaktest"
)

// minimized runs minimize, and returns standard output, standard error and the transcript.
func minimized(ctx context.Context, t *testing.T, args ...string) (out, errs, text string, err error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "bug")
	var stdout, stderr bytes.Buffer
	root := newRoot(&env{out: &stdout, err: &stderr, tty: &stderr})
	root.SetArgs(append([]string{"minimize", "-o", name}, args...))
	err = root.ExecuteContext(ctx)
	b, readErr := os.ReadFile(name + ".txt")
	if err == nil && readErr != nil {
		t.Fatal(readErr)
	}
	return stdout.String(), stderr.String(), string(b), err
}

// commands returns the commands in a transcript.
func commands(text string) string {
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^(?:\S+ )?C: \S+ (\S+)`).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return strings.Join(out, " ")
}

// TestMinimizeReplay: of a recording that a server answers as recorded but for one command, that
// command is left, with what it needs.
func TestMinimizeReplay(t *testing.T) {
	leaktest.Check(t)
	file := filepath.Join("..", "..", "samples", "mtest1988--imap-1.pcap")
	for _, c := range []struct{ fault, want string }{
		{`status NO if command == "EXPUNGE"`, "LOGIN SELECT EXPUNGE"},
		{`status BAD if command == "CHECK"`, "LOGIN SELECT CHECK"},
		{`status BAD if command == "NOTHING"`, ""},
	} {
		addr, stop := mocking(t, file, "--fault", c.fault)
		out, errs, text, err := minimized(t.Context(), t, file, "--to", addr, "--raw", "--timeout", "10s")
		stop()
		if c.want == "" {
			if !errors.Is(err, errFindings) || !strings.Contains(errs, "0 answers of the server differ") {
				t.Errorf("%s: %v\n%s", c.fault, err, errs)
			}
			continue
		}
		if err != nil || commands(text) != c.want || !strings.Contains(out, " of 16 commands") || !strings.Contains(errs, "which keeps what they change") {
			t.Errorf("%s: %v\n%s%s%s", c.fault, err, out, errs, text)
		}
	}
}

// canceling is standard error that ends a context when something is written to it.
type canceling struct {
	bytes.Buffer
	cancel func()
}

func (c *canceling) Write(b []byte) (int, error) {
	c.cancel()
	return c.Buffer.Write(b)
}

// TestMinimizeInterrupted: the best so far is written, which may be the whole recording.
func TestMinimizeInterrupted(t *testing.T) {
	leaktest.Check(t)
	file := filepath.Join("..", "..", "samples", "mtest1988--imap-1.pcap")
	addr, stop := mocking(t, file, "--fault", `status NO if command == "EXPUNGE"`)
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	errs := &canceling{cancel: cancel}
	name := filepath.Join(t.TempDir(), "bug")
	var out bytes.Buffer
	root := newRoot(&env{out: &out, err: errs, tty: errs})
	root.SetArgs([]string{"minimize", "-o", name, file, "--to", addr})
	if err := root.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !strings.Contains(errs.String(), "what is written may not be the smallest") || !strings.Contains(out.String(), "16 of 16 commands") {
		t.Errorf("%s%s", errs, &out)
	}
	if _, err := os.Stat(name + ".pcapng"); err != nil {
		t.Error(err)
	}
}

// TestMinimizeExit: a recording that does not show it is no error, and the exit code is 1.
func TestMinimizeExit(t *testing.T) {
	file := filepath.Join("..", "..", "samples", "mtest1988--imap-1.pcap")
	for _, args := range [][]string{{"--rule", "C108"}, {"--why", "charset"}} {
		var out, errs bytes.Buffer
		rc := run(append([]string{"minimize", file, "-o", filepath.Join(t.TempDir(), "bug")}, args...), strings.NewReader(""), &out, &errs)
		if rc != 1 || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%q: exit %d\n%s", args, rc, errs.String())
		}
	}
}
