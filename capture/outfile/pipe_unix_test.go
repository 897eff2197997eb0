//go:build unix

package outfile_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"imapscope/capture/outfile"
)

// TestPipeIsWrittenToAndNotReplaced checks that a pipe is written to, not replaced; one without a reader is an error.
func TestPipeIsWrittenToAndNotReplaced(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip(err)
	}
	for _, replace := range []bool{false, true} {
		err := outfile.Write(name, outfile.Options{Replace: replace}, text("lost"))
		if err == nil || !strings.Contains(err.Error(), "no program has opened it for reading") {
			t.Error("no one reads it:", err)
		}
		got := make(chan string)
		r, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				if b, _ := io.ReadAll(r); len(b) > 0 {
					r.Close()
					got <- string(b)
					return
				}
			}
		}()
		if err := outfile.Write(name, outfile.Options{Replace: replace}, text("read")); err != nil {
			t.Error(err)
		}
		if s := <-got; s != "read" {
			t.Errorf("%q", s)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Error(info, err)
	}
}
