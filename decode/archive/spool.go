package archive

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// ErrNotKept is returned when reading bytes and events that were not kept: the disk
// was full, or Options.MaxSpool was reached. The archive's Err returns which.
var ErrNotKept = errors.New("not kept in the spool file")

// dataShare of MaxSpool is for bytes, the rest is left for journals.
const dataShare = 7.0 / 8

// sizes are what is written or read at once, in bytes. Tests have smaller ones.
type sizes struct {
	page   int // of a journal; longer by a part of its last entry
	buffer int // collected before it is written, and read from memory until then
	block  int // of the spool that a Reader holds
}

var usual = sizes{page: 4 << 10, buffer: 256 << 10, block: 32 << 10}

// file is the file of the spool.
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
}

// spool is a file that only grows, whose last bytes may still be in memory.
// One goroutine appends and flushes, any may read.
type spool struct {
	f    file
	name string // still to be removed; "" if it is already
	max  int64  // 0: no limit
	sizes

	mu     sync.RWMutex
	done   int64  // bytes in the file,
	full   []byte // after them the bytes being written,
	buf    []byte // and after those the ones still to be written
	spare  []byte
	tight  bool // no more bytes are kept, journals are
	failed bool // nothing more is kept
	err    error
}

// newSpool returns a spool in dir, readable only by its owner. Its name is removed at
// once where the system allows that, so that a crash leaves nothing behind.
func newSpool(dir string, most int64) (*spool, error) {
	f, err := os.CreateTemp(dir, "imapscope-*.spool")
	if err != nil {
		return nil, fmt.Errorf("a spool file cannot be created: %w; choose another folder", err)
	}
	s := &spool{f: f, max: most, sizes: usual}
	if os.Remove(f.Name()) != nil {
		s.name = f.Name()
	}
	return s, nil
}

func (s *spool) end() int64 { return s.done + int64(len(s.full)+len(s.buf)) }

// size returns how many bytes were appended and kept.
func (s *spool) size() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.end()
}

// why returns why something is not kept, or nil if everything is.
func (s *spool) why() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.err
}

// bytes appends captured bytes, and returns where they are, or would be.
func (s *spool) bytes(b []byte) (pos int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tight || s.failed {
		return s.end(), false
	}
	if s.max > 0 && float64(s.end()+int64(len(b))) > float64(s.max)*dataShare {
		s.tight = true
		s.report(fmt.Errorf("the spool file has reached its limit of %d bytes: later data is counted but not kept; allow more, or capture less", s.max))
		return s.end(), false
	}
	return s.add(b), true
}

// known appends what is known of a connection.
func (s *spool) known(b []byte) (pos int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed || s.max > 0 && s.end()+int64(len(b)) > s.max {
		s.failed = true
		s.report(fmt.Errorf("the spool file has reached its limit of %d bytes: later data is listed but not kept; allow more, or capture less", s.max))
		return 0, false
	}
	return s.add(b), true
}

func (s *spool) add(b []byte) int64 {
	pos := s.end()
	s.buf = append(s.buf, b...)
	return pos
}

func (s *spool) report(err error) {
	if s.err == nil {
		s.err = err
	}
}

// flush writes the collected bytes, if there are enough of them. Readers are not
// blocked.
func (s *spool) flush() {
	if len(s.buf) < s.buffer { // only the caller's goroutine changes it
		return
	}
	s.mu.Lock()
	s.full, s.buf, s.spare = s.buf, s.spare[:0], nil
	s.mu.Unlock()
	_, err := s.f.WriteAt(s.full, s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.failed = true
		s.report(fmt.Errorf("the spool file cannot be written: %w; later data is listed but not kept: make room, or choose another folder", err))
		s.full, s.buf = nil, nil
		return
	}
	s.done += int64(len(s.full))
	if cap(s.full) <= 4*s.buffer {
		s.spare = s.full
	}
	s.full = nil
}

// stored returns how many bytes are in the file.
func (s *spool) stored() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.done
}

// readAt fills p. No lock is held while the file is read.
func (s *spool) readAt(p []byte, pos int64) error {
	for len(p) > 0 {
		n, inFile, err := s.recent(p, pos)
		if err != nil {
			return err
		}
		if inFile > 0 {
			if n, err = s.f.ReadAt(p[:min(inFile, int64(len(p)))], pos); n == 0 && err != nil {
				return fmt.Errorf("the spool file cannot be read: %w", err)
			}
		}
		p, pos = p[n:], pos+int64(n)
	}
	return nil
}

// recent copies what is in memory; otherwise inFile bytes from pos on are in the file.
func (s *spool) recent(p []byte, pos int64) (n int, inFile int64, err error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if pos < 0 || pos > s.end()-int64(len(p)) {
		return 0, 0, ErrNotKept
	}
	at := pos - s.done
	switch {
	case at < 0:
		return 0, -at, nil
	case at < int64(len(s.full)):
		return copy(p, s.full[at:]), 0, nil
	}
	return copy(p, s.buf[at-int64(len(s.full)):]), 0, nil
}

// close closes and removes the spool.
func (s *spool) close() error {
	err := s.f.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
		s.name = ""
	}
	return err
}
