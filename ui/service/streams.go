package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"syscall"
	"time"
)

const (
	// patience is how long a service waits for the reader of its standard output, and
	// errPatience for that of its standard error, on which the relaying waits too.
	patience    = 5 * time.Second
	errPatience = 100 * time.Millisecond
)

// Streams are the outputs of a verb that runs for long.
type Streams struct {
	Out, Err *Outlet

	undo func() bool
	mu   sync.Mutex
	also func(State, string)
}

// Outlive returns Streams in front of standard output and standard error. Those of a service
// wait for their readers for a short time only, and their readers may leave; those of another
// verb wait until ctx is done.
func Outlive(ctx context.Context, out, err io.Writer, service bool) *Streams {
	s := &Streams{}
	o, e := OutletOptions{}, OutletOptions{Prompt: true}
	if service {
		o.Patience, e.Patience = patience, errPatience
		OutliveReaders() // to the end of the program: its last words are written after Close
	}
	s.Out, s.Err = NewOutlet(out, o), NewOutlet(err, e)
	if !service {
		s.undo = context.AfterFunc(ctx, s.Limit)
	}
	calm := NewRepeats(func(string, int64, time.Duration) {})
	s.Out.OnChange(func(state State, lost Lost) {
		text := describe(state, lost, s.Out.Err())
		if calm.Allow("") {
			fmt.Fprintln(s.Err, "imapscope: "+text)
		}
		s.mu.Lock()
		also := s.also
		s.mu.Unlock()
		if also != nil {
			also(state, text)
		}
	})
	return s
}

func describe(state State, lost Lost, err error) string {
	switch state {
	case Stalled:
		return "standard output is not being read: until it is, lines that do not fit are not shown"
	case Gone:
		var p *fs.PathError // from a file; a pipe without a reader is the usual one
		if errors.As(err, &p) && !errors.Is(err, syscall.EPIPE) {
			return fmt.Sprintf("standard output: %v: nothing more is shown", p.Err)
		}
		return "the reader of standard output left: nothing more is shown"
	}
	return fmt.Sprintf("standard output is read again; %d lines so far were not shown", lost.Lines)
}

// Also makes the Streams call f when the state of the reader of standard output changes, with
// the sentence about it that they print to Err.
func (s *Streams) Also(f func(State, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.also = f
}

// Limit gives the readers a short time from now on.
func (s *Streams) Limit() {
	s.Out.Limit(closeGrace)
	s.Err.Limit(2 * closeGrace) // it reports what Out could not write
}

// Close writes the rest, as far as the readers permit, and reports what was not written.
func (s *Streams) Close() {
	if lost := s.Out.Close(); lost.Lines > 0 {
		fmt.Fprintf(s.Err, "imapscope: %d lines were not shown: standard output was not read\n", lost.Lines)
	}
	s.Err.Close()
	if s.undo != nil {
		s.undo()
	}
}
