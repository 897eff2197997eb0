package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
)

// tail keeps the last lines of a log while the screen belongs to the inspector.
type tail struct {
	mu      sync.Mutex
	lines   [][]byte
	dropped int
}

// tailLines is how many lines a tail keeps.
const tailLines = 200

// Write takes a line.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == tailLines {
		t.lines = t.lines[1:]
		t.dropped++
	}
	t.lines = append(t.lines, append([]byte(nil), p...))
	return len(p), nil
}

// writeTo writes what was kept.
func (t *tail) writeTo(w io.Writer) error {
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
