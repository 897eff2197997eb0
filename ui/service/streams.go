package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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

	device bool // standard output is a terminal or another device
	undo   func() bool
	mu     sync.Mutex
	also   func(State, string)
}

// Outlive returns Streams in front of standard output and standard error. Those of a service
// wait for their readers for a short time only, and their readers may leave; those of another
// verb wait until ctx is done.
func Outlive(ctx context.Context, out, err io.Writer, service bool) *Streams {
	s := &Streams{device: isDevice(out)}
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
		text := s.describe(state, lost)
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

func (s *Streams) describe(state State, lost Lost) string {
	switch state {
	case Stalled:
		return "standard output is not being read: until it is, lines that do not fit are not shown"
	case Gone:
		if failed := s.failure(); failed != nil {
			return fmt.Sprintf("standard output: %v: nothing more is shown", failed)
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

// Close writes the rest, as far as the readers permit, and reports lines that were lost. If
// that is because writing failed, and not because a reader left or did not read, it joins the
// failure to *err.
func (s *Streams) Close(err *error) {
	lost := s.Out.Close()
	switch failed := s.failure(); {
	case failed != nil:
		*err = errors.Join(*err, fmt.Errorf("standard output: %w: %s not shown", failed, lines(lost.Lines)))
	case lost.Lines > 0:
		fmt.Fprintf(s.Err, "imapscope: %s not shown: standard output was not read\n", lines(lost.Lines))
	}
	s.Err.Close()
	if s.undo != nil {
		s.undo()
	}
}

func lines(n int64) string {
	if n == 1 {
		return "1 line was"
	}
	return fmt.Sprintf("%d lines were", n)
}

// failure returns why writing to standard output failed, or nil if it did not. A pipe whose reader
// left and a terminal that was closed are no failures. The latter is seen before SIGHUP at times.
func (s *Streams) failure() error {
	p := new(fs.PathError)
	if !errors.As(s.Out.Err(), &p) || errors.Is(p, syscall.EPIPE) || s.device && errors.Is(p, syscall.EIO) {
		return nil
	}
	return p.Err
}

// isDevice reports whether w is a terminal or another device, for which EIO means that it has gone.
func isDevice(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}
