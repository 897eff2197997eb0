package pcap

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"imapscope/capture"
)

// series holds the files of one recording.
type series struct {
	path   string
	force  bool
	inputs []string
	rotate bool
	n      int
	file   *os.File

	vectors bool // file can be written to from several places at once
}

// Create returns a Recorder that writes to a file which only its owner can read
// (mode 0600). An existing file is not touched, unless Force is set: then it, or a
// link of that name, is removed first. A pipe or a device is written to as it is; a pipe
// must have a reader, and if that reads nothing for pipePatience the recording ends.
// With MaxBytes or MaxAge the files are path with a number: name-00001.pcapng,
// name-00002.pcapng and so on; each can be read alone, and all of them in order
// are one capture.
func Create(path string, o RecorderOptions) (*Recorder, error) {
	r := idleRecorder(o)
	r.series = &series{path: path, force: o.Force, inputs: o.Inputs, rotate: o.MaxBytes > 0 || o.MaxAge > 0}
	if err := r.series.next(r); err != nil {
		return nil, err
	}
	return r, nil
}

// Finish ends the recording: comments that still wait for a packet get one, and
// the file that Create opened is closed. It returns the error that ended the
// recording earlier, if any.
func (r *Recorder) Finish(t time.Time) error {
	r.mu.Lock()
	defer r.unlock()
	stamp := stampOf(t)
	if r.gapped != nil {
		r.writeGap(r.gapped)
	}
	for _, k := range r.conns {
		if len(k.notes) > 0 {
			r.ack(k, capture.ClientToServer, stamp)
		}
	}
	r.wait.since(stamp)
	r.flush()
	if r.series != nil {
		if err := r.series.close(); err != nil && r.err == nil {
			r.fail(err)
		}
	}
	r.done, r.conns, r.used = true, nil, [2]map[path]bool{} // later events are not recorded
	return r.err
}

// full reports whether the next file is due before the waiting blocks are written.
func (r *Recorder) full() bool {
	if !r.series.rotate || !r.some || !r.wait.some {
		return false
	}
	return r.opts.MaxBytes > 0 && r.size+int64(r.wait.size()) > r.opts.MaxBytes || r.aged(r.first, r.wait.first)
}

// aged reports whether a file whose first packet is at first is too old for one at t.
func (r *Recorder) aged(first, t uint64) bool {
	return r.opts.MaxAge > 0 && t > first && t-first >= uint64(r.opts.MaxAge)
}

// joins reports whether an event may be written together with those that wait, because they
// belong into the same file. If that is not certain, it does not: then where a file ends does not
// depend on what waits.
func (r *Recorder) joins(k *recorded, e *capture.Event, t uint64) bool {
	if r.series == nil || !r.series.rotate || r.wait.packets == 0 {
		return true
	}
	if e.Kind != capture.Data || k == nil || len(k.notes) > 0 || r.gapped != nil || e.Off != k.pos[e.Dir] {
		return false
	}
	const overhead = 256 // of a packet
	most := int64(len(e.Data) + (len(e.Data)/maxSegment+2)*overhead)
	first := r.wait.first
	if r.some {
		first = r.first
	}
	return (r.opts.MaxBytes == 0 || r.size+int64(r.wait.size())+most <= r.opts.MaxBytes) && !r.aged(first, t)
}

// next begins the next file.
func (s *series) next(r *Recorder) error {
	if err := s.close(); err != nil {
		return err
	}
	s.n++
	f, err := createFile(s.name(), s.force, s.inputs)
	if err != nil {
		return err
	}
	s.file, r.out = f, patientFile{f}
	info, err := f.Stat()
	s.vectors = canWriteVectors && err == nil && info.Mode().IsRegular()
	if err := r.begin(); err != nil {
		s.trim(0)
		return errors.Join(err, s.close())
	}
	return nil
}

func (s *series) name() string {
	if !s.rotate {
		return s.path
	}
	ext := filepath.Ext(s.path)
	return fmt.Sprintf("%s-%05d%s", strings.TrimSuffix(s.path, ext), s.n, ext)
}

func (s *series) close() error {
	if s.file == nil {
		return nil
	}
	f := s.file
	s.file = nil
	return f.Close()
}

// trim truncates a file to its complete blocks after a write failed. If that fails
// too, the file can still be read up to there.
func (s *series) trim(size int64) {
	if s.file != nil {
		_ = s.file.Truncate(size)
	}
}

const (
	// pipeWait is how long Create waits for a pipe to get a reader.
	pipeWait = 3 * time.Second
	// pipePatience is how long a pipe or a device may take to accept a block.
	pipePatience = 10 * time.Second
)

// openPipe opens a named pipe. Without a reader, opening it would wait for one without end.
func openPipe(name string) (*os.File, error) {
	for end := time.Now().Add(pipeWait); ; time.Sleep(pipeWait / 50) {
		f, err := os.OpenFile(name, os.O_WRONLY|nonBlocking, 0)
		if !errors.Is(err, syscall.ENXIO) {
			return f, err
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s is a pipe, and no program has opened it for reading", name)
		}
	}
}

// A patientFile is a file whose writes end after pipePatience, if the system can do that: for
// pipes and terminals it can, for regular files there is no need.
type patientFile struct{ *os.File }

func (f patientFile) Write(b []byte) (int, error) {
	if err := f.SetWriteDeadline(time.Now().Add(pipePatience)); err != nil {
		return f.File.Write(b)
	}
	n, err := f.File.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("%s: its reader has read nothing for %s", f.Name(), pipePatience)
	}
	return n, err
}

// isOneOf reports whether a file is one of those with these names.
func isOneOf(file fs.FileInfo, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && os.SameFile(file, info)
	})
}

func createFile(name string, force bool, inputs []string) (*os.File, error) {
	switch info, err := os.Stat(name); {
	case err == nil && info.Mode().Type() == fs.ModeNamedPipe:
		return openPipe(name)
	case err == nil && !info.Mode().IsRegular() && !info.IsDir():
		return os.OpenFile(name, os.O_WRONLY, 0)
	case err == nil && info.Mode().IsRegular() && force:
		if isOneOf(info, inputs) {
			return nil, fmt.Errorf("%s is the input, and is not overwritten", name)
		}
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is not overwritten: %w", name, fs.ErrExist)
	}
	return f, err
}
