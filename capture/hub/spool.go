package hub

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// segmentSize is the size from which on a file of a spool takes no more messages.
const segmentSize = 4 << 20

// spool is a queue of messages in files: what a sensor has to send and the server has not
// acknowledged. Its files outlive the program if it is killed; a later run sends them.
//
// A file holds records: the length of what follows, its CRC-32, and the message.
type spool struct {
	dir    string
	temp   bool // dir is removed at the end
	unlock func()
	bound  int64

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced with every change
	segments []*segment    // oldest first; the last one is written to
	last     int           // number of the last file
	size     int64         // bytes of all segments
	closed   bool          // takes no more messages
	failing  bool          // the last message could not be written
	notice   func(string)
}

// segment is a file of a spool.
type segment struct {
	f       *os.File
	size    int64
	read    int64 // where the next record is
	unacked int   // records read and not done
	sealed  bool  // no more is written to it
}

// entry is a message of a spool.
type entry struct {
	segment     *segment
	subject, id string
	facts       uint64
	payload     []byte
}

// errClosed is returned by a spool that takes no more.
var errClosed = errors.New("the sensor has ended")

// openSpool opens a spool in a directory, which is made if there is none; without one, in a
// temporary directory. What an earlier run has left there is in the queue.
func openSpool(dir string, bound int64, notice func(string)) (*spool, error) {
	s := &spool{dir: dir, bound: bound, notice: notice, changed: make(chan struct{}), unlock: func() {}}
	if dir == "" {
		var err error
		if s.dir, err = os.MkdirTemp("", "imapscope-spool-"); err != nil {
			return nil, err
		}
		s.temp = true
		return s, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if s.unlock, err = Lock(filepath.Join(dir, "lock")); err != nil {
		return nil, fmt.Errorf("%s: another sensor uses this spool: %w", dir, err)
	}
	if err := s.adopt(); err != nil {
		_ = s.close() // that error comes first
		return nil, err
	}
	return s, nil
}

// adopt puts the files that are there into the queue.
func (s *spool) adopt() error {
	names, err := filepath.Glob(filepath.Join(s.dir, "*.spool"))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := fmt.Sscanf(filepath.Base(name), "%d.spool", &s.last); err != nil {
			return fmt.Errorf("%s: not a file of a spool; remove it or name another directory", name)
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		size, err := f.Seek(0, io.SeekEnd)
		if err != nil {
			return errors.Join(err, f.Close())
		}
		s.segments = append(s.segments, &segment{f: f, size: size, sealed: true})
		s.size += size
	}
	return nil
}

// wake wakes all that wait. The lock is held.
func (s *spool) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// append adds a message, and waits until there is room.
func (s *spool) append(e *entry) error {
	record := encodeRecord(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.closed {
			return errClosed
		}
		if s.size == 0 || s.size+int64(len(record)) <= s.bound {
			if s.written(record) {
				s.wake()
				return nil
			}
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(time.Second): // a disk may have room again
		}
		s.mu.Lock()
	}
}

// written writes a record, and reports whether it could. The lock is held.
func (s *spool) written(record []byte) bool {
	err := s.write(record)
	if err != nil && !s.failing {
		s.notice(fmt.Sprintf("the spool cannot be written: %v; trying again", err))
	}
	s.failing = err != nil
	return err == nil
}

// write writes a record to the last segment. The lock is held.
func (s *spool) write(record []byte) error {
	var to *segment
	if n := len(s.segments); n > 0 && !s.segments[n-1].sealed {
		to = s.segments[n-1]
	}
	if to == nil {
		name := filepath.Join(s.dir, fmt.Sprintf("%012d.spool", s.last+1))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		s.last++
		to = &segment{f: f}
		s.segments = append(s.segments, to)
	}
	if _, err := to.f.WriteAt(record, to.size); err != nil {
		_ = to.f.Truncate(to.size) // the next record overwrites what is left
		return err
	}
	to.size += int64(len(record))
	s.size += int64(len(record))
	to.sealed = to.size >= segmentSize
	return nil
}

// next returns the oldest message that has not been read, or nil if there is none; done says
// that there will be none.
func (s *spool) next() (e *entry, done bool, changed <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.segments {
		if g.read == g.size {
			continue
		}
		e, n, err := readRecord(g.f, g.read, g.size)
		if err != nil { // the rest of a file that a crash has cut off
			lost := g.size - g.read
			g.read, g.sealed = g.size, true
			s.remove()
			return nil, false, s.changed, fmt.Errorf("%s: %d bytes at the end cannot be read: %w", g.f.Name(), lost, err)
		}
		g.read += n
		g.unacked++
		e.segment = g
		return e, false, s.changed, nil
	}
	return nil, s.closed, s.changed, nil
}

// done says that a message has been acknowledged.
func (s *spool) done(e *entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.segment.unacked--
	s.remove()
	s.wake()
}

// remove removes the files whose messages are all acknowledged, and empties the one that is written to. The
// lock is held.
func (s *spool) remove() {
	kept := s.segments[:0]
	for _, g := range s.segments {
		switch finished := g.read == g.size && g.unacked == 0; {
		case finished && g.sealed:
			s.size -= g.size
			_ = g.f.Close()           // it was only read
			_ = os.Remove(g.f.Name()) // a later run would send it again, which the server notices
			continue
		case finished && g.size > 0:
			if g.f.Truncate(0) == nil {
				s.size -= g.size
				g.size, g.read = 0, 0
			}
		}
		kept = append(kept, g)
	}
	clear(s.segments[len(kept):])
	s.segments = kept
}

// end lets append return, and next report the end.
func (s *spool) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wake()
}

// waiting returns how many bytes are in the files.
func (s *spool) waiting() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// close closes the files. A temporary spool, and files without messages, are removed.
func (s *spool) close() error {
	s.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, g := range s.segments {
		errs = append(errs, g.f.Close())
		if g.size == 0 {
			errs = append(errs, os.Remove(g.f.Name()))
		}
	}
	s.segments = nil
	s.unlock()
	if s.temp {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// recordHead is the size of what is before a record: length and checksum.
const recordHead = 8

// encodeRecord returns a message as a record.
func encodeRecord(e *entry) []byte {
	b := make([]byte, recordHead, recordHead+len(e.subject)+len(e.id)+len(e.payload)+16)
	b = binary.AppendUvarint(b, e.facts)
	b = append(append(b, e.subject...), 0)
	b = append(append(b, e.id...), 0)
	b = append(b, e.payload...)
	binary.BigEndian.PutUint32(b, uint32(len(b)-recordHead))
	binary.BigEndian.PutUint32(b[4:], crc32.ChecksumIEEE(b[recordHead:]))
	return b
}

// maxRecord bounds a record: a message, and what is beside it.
const maxRecord = MaxMessage + 4*MaxName + 1024

var errRecord = errors.New("not a message of a spool")

// readRecord reads the record at a position of a file. It returns its size.
func readRecord(f io.ReaderAt, at, size int64) (*entry, int64, error) {
	var head [recordHead]byte
	if at+recordHead > size {
		return nil, 0, errRecord
	}
	if _, err := f.ReadAt(head[:], at); err != nil {
		return nil, 0, err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n > maxRecord || at+recordHead+n > size {
		return nil, 0, errRecord
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, at+recordHead); err != nil {
		return nil, 0, err
	}
	if crc32.ChecksumIEEE(b) != binary.BigEndian.Uint32(head[4:]) {
		return nil, 0, errRecord
	}
	facts, k := binary.Uvarint(b)
	if k <= 0 {
		return nil, 0, errRecord
	}
	subject, rest, ok := strings.Cut(string(b[k:]), "\x00")
	id, payload, ok2 := strings.Cut(rest, "\x00")
	if !ok || !ok2 {
		return nil, 0, errRecord
	}
	return &entry{subject: subject, id: id, facts: facts, payload: []byte(payload)}, recordHead + n, nil
}
