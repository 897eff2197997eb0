package keylog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"imapscope/capture"
)

// MaxFile is the most bytes of a key log file that are read.
const MaxFile = 128 << 20

// pollEvery is how often a file that grows is looked at.
const pollEvery = 100 * time.Millisecond

// A Source is another Source with the lines of a key log file as Secrets among its events.
type Source struct {
	From capture.Source
	File string

	// Grows makes Run read on in the file while From runs: every tenth of a second, and
	// before a connection ends. The file may appear later, be replaced or start again; Notice
	// then says so. Otherwise the file is read once, before From runs, and must exist.
	Grows bool

	// Notice is called with one line about the file, serially. It may be nil.
	Notice func(text string)
}

// Run implements capture.Source.
func (s *Source) Run(ctx context.Context, sink capture.Sink) error {
	if !s.Grows {
		if err := s.readOnce(ctx, sink); err != nil {
			return err
		}
		return s.From.Run(ctx, sink)
	}
	t := &tail{name: s.File, notice: s.notice}
	defer t.close()
	m := &merged{to: sink, keys: t}
	if err := m.poll(); err != nil {
		return err
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go m.pollUntil(stop, done)
	err := s.From.Run(ctx, m)
	close(stop)
	<-done
	return err
}

// Beside returns a Sink that passes on to another one what it receives, and the lines of a
// file that grows among it, as a Source does. end ends the reading; no event may follow it.
func Beside(to capture.Sink, file string, notice func(format string, args ...any)) (with capture.Sink, end func()) {
	t := &tail{name: file, notice: notice}
	m := &merged{to: to, keys: t}
	stop, done := make(chan struct{}), make(chan struct{})
	go m.pollUntil(stop, done)
	return m, func() {
		close(stop)
		<-done
		t.close()
	}
}

func (s *Source) notice(format string, args ...any) {
	if s.Notice != nil {
		s.Notice(fmt.Sprintf(format, args...))
	}
}

// readOnce reports the whole file.
func (s *Source) readOnce(ctx context.Context, sink capture.Sink) error {
	f, err := os.OpenFile(s.File, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return openError(s.File, err)
	}
	defer f.Close()
	// Closing the file ends a read that waits for more: it may be a pipe.
	defer context.AfterFunc(ctx, func() { f.Close() })()
	var count Counter
	r := lineReader{r: f}
	for {
		lines, err := r.next(true)
		count.Add(lines)
		if sunk := Report(sink, time.Time{}, lines); sunk != nil {
			return sunk
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == io.EOF:
			if count.Sessions() == 0 {
				s.notice("%s holds no keys of TLS sessions", s.File)
			}
			return nil
		case err != nil:
			return openError(s.File, err)
		}
	}
}

// openError returns an error in one line: the file, and what is wrong with it.
func openError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("key log %s: no such file", name)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("key log %s: %w", name, err)
}

// merged is the Sink of From: it passes on its events and the file's lines, one at a time.
type merged struct {
	keys *tail

	mu   sync.Mutex
	to   capture.Sink
	last time.Time // of the event before
	err  error     // of to, for a line of the file
}

// Event implements capture.Sink. The file is read before a connection ends, so that all keys
// that were written by then are there.
func (m *merged) Event(e *capture.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.Kind == capture.HalfClosed || e.Kind == capture.Closed {
		m.read()
	}
	if m.err != nil {
		return m.err
	}
	m.last = e.Time
	return m.to.Event(e)
}

func (m *merged) poll() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read()
	return m.err
}

// read passes on what is new in the file. The lock is held.
func (m *merged) read() {
	for m.err == nil {
		lines := m.keys.more()
		if len(lines) == 0 {
			return
		}
		m.err = Report(m.to, m.last, lines)
	}
}

// pollUntil reads the file again and again until stop is closed. The error of the sink is
// returned by the next Event.
func (m *merged) pollUntil(stop, done chan struct{}) {
	defer close(done)
	t := time.NewTicker(pollEvery)
	defer t.Stop()
	for {
		select {
		case <-stop:
			return
		case <-t.C:
			if m.poll() != nil {
				return
			}
		}
	}
}
