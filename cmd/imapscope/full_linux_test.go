package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"imapscope/samples"
)

// TestFullDiskIsAnError runs verbs whose standard output is on a full disk: they exit with
// 2 and say why, those too that go on when a reader leaves.
func TestFullDiskIsAnError(t *testing.T) {
	capture, err := samples.Read(samples.Demo)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args  string
		stdin []byte
	}{
		{"decode -", capture},
		{"check -", capture},
		{"demo --text", nil},
		{"learn --text 1 --progress PROGRESS", []byte("q\n")},
		{"help imap2", nil},
	} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip("no /dev/full:", err)
		}
		var errs bytes.Buffer
		c := exec.Command(programFile(t), strings.Fields(strings.ReplaceAll(tc.args, "PROGRESS", t.TempDir()+"/learn.json"))...)
		c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(tc.stdin), full, &errs
		err = c.Run()
		full.Close()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("%s: %v, want exit code 2", tc.args, err)
		}
		if !strings.Contains(errs.String(), "no space left on device") {
			t.Errorf("%s: standard error does not say why: %q", tc.args, errs.String())
		}
	}
}
