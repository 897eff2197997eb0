package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"imapscope/capture/leaktest"
)

// program returns a command that runs the test binary as imapscope.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return exec.Command(programFile(t), args...)
}

// files returns the names in a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// TestInterrupted sends verbs a signal while they wait for the rest of their input: they
// end with one line and exit code 130, and leave no file. A kill leaves none under the
// name of the result.
func TestInterrupted(t *testing.T) {
	capture, err := os.ReadFile("../../samples/broken-1.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"redact - OUT", "report -o OUT -", "report --redact -o OUT -", "check -", "diff - ../../samples/broken-2.pcapng"} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
			t.Run(args+", "+sig.String(), func(t *testing.T) {
				dir, temp := t.TempDir(), t.TempDir()
				out := filepath.Join(dir, "out")
				c := command(t, strings.Fields(strings.ReplaceAll(args, "OUT", out))...)
				var errs bytes.Buffer
				c.Stderr = &errs
				c.Env = append(os.Environ(), "TMPDIR="+temp)
				in, err := c.StdinPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Start(); err != nil {
					t.Fatal(err)
				}
				// More than a pipe holds: when it is written, the program is at work.
				for n := 0; n < 1<<20 && err == nil; n += len(capture) {
					_, err = in.Write(capture)
				}
				if err != nil {
					t.Fatal(err, errs.String())
				}
				for end := time.Now().Add(10 * time.Second); strings.HasPrefix(args, "redact") && len(files(t, dir)) == 0 && time.Now().Before(end); {
					time.Sleep(time.Millisecond)
				}
				if err := c.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				err = c.Wait()
				left := files(t, dir)
				if sig == syscall.SIGKILL { // which leaves temporary files too
					for _, name := range left {
						if !strings.Contains(name, ".part-") {
							t.Errorf("there is %s", name)
						}
					}
					return
				}
				left = append(left, leaktest.Left(temp)...)
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != 130 {
					t.Errorf("%v, not exit code 130", err)
				}
				if got := errs.String(); got != "imapscope: interrupted\n" {
					t.Errorf("standard error: %q", got)
				}
				if len(left) > 0 {
					t.Errorf("there is %q", left)
				}
			})
		}
	}
}
