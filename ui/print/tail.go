package print

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Tail is an io.Writer that keeps the last lines of a log while the inspector uses the
// terminal. Each Write is a line. Its methods may be called concurrently.
type Tail struct {
	mu      sync.Mutex
	lines   [][]byte
	dropped int
}

// tailLines is how many lines a Tail keeps.
const tailLines = 200

// Write keeps a line. It never fails.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == tailLines {
		t.lines = t.lines[1:]
		t.dropped++
	}
	t.lines = append(t.lines, bytes.Clone(p))
	return len(p), nil
}

// Print writes the lines that were kept, and the number of those that were not.
func (t *Tail) Print(w io.Writer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	if t.dropped > 0 {
		_, err := fmt.Fprintf(w, "imapscope: %d lines of the log before these are not shown\n", t.dropped)
		errs = append(errs, err)
	}
	for _, l := range t.lines {
		_, err := w.Write(l)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
