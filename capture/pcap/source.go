package pcap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
)

// Source reads captures into a Sink.
type Source struct {
	names []string
	open  func(name string) (io.ReadCloser, error)
	opts  Options
	seen  Seen
	keys  []Keys

	follow bool // the last file is read on as it grows

	// Opener, if set, is asked to open each file first. It returns false for one that Open opens.
	Opener func(name string) (f io.ReadCloser, ok bool, err error)

	// Foreign, if set, reads files that are no captures. ForeignHint is what to do about a text
	// that it does not know either.
	Foreign     Foreign
	ForeignHint string

	// Progress, if set, is called periodically, and at the end of each file, with the
	// number of bytes read of the file as it is on disk.
	Progress func(name string, read int64)
}

// Files returns a Source that reads many files, in order, as one capture: connections
// continue from one file to the next. "-" is standard input.
func Files(names []string, o Options) *Source {
	return &Source{names: names, open: Open, opts: o}
}

// Stream returns a Source that reads one capture from r; the name is for errors and
// for the Origin of its connections.
func Stream(r io.Reader, name string, o Options) *Source {
	return &Source{
		names: []string{name},
		open:  func(string) (io.ReadCloser, error) { return io.NopCloser(r), nil },
		opts:  o,
	}
}

// Foreign reads a file, decompressed, that is no capture, and reports its connections to s;
// next returns the number of the next one. It returns an error that is ErrForeign if it does
// not know the file either; then it has reported nothing.
type Foreign func(ctx context.Context, f File, next func() capture.ConnID, s capture.Sink) error

// File is a file that is no capture, for Foreign.
type File struct {
	io.Reader
	Name, Origin string
}

// ErrForeign is the error of Foreign about a file that it does not know, and the cause of that of
// Run about one that is no capture either.
var ErrForeign = errors.New("not known")

// Run implements capture.Source. A file that cannot be read to its end does not
// affect the others; the error has a line for each problem.
func (s *Source) Run(ctx context.Context, sink capture.Sink) error {
	a := NewAssembler(s.opts, sink)
	s.keys = nil
	var errs []error
	for i, name := range s.names {
		a.opts.Origin = filepath.Base(name)
		if s.opts.Origin != "" {
			a.opts.Origin = s.opts.Origin
		}
		var failed sinkError
		err := s.file(ctx, a, name, s.follow && i == len(s.names)-1)
		if errors.As(err, &failed) {
			return failed.err
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	err := a.Flush()
	s.seen = a.Seen()
	if err != nil {
		return err
	}
	return errors.Join(errs...)
}

// sinkError is an error of the sink, which ends everything.
type sinkError struct{ err error }

func (e sinkError) Error() string { return e.err.Error() }

// checkEvery is the number of packets between two checks of the context.
const checkEvery = 1024

// file reads one file into the assembler.
func (s *Source) file(ctx context.Context, a *Assembler, name string, follow bool) error {
	f, err := s.opened(name)
	if err != nil {
		return err
	}
	defer f.Close()
	meter := &meter{r: f}
	if file, ok := f.(*os.File); ok {
		if follow {
			meter.r = newFollower(ctx, file)
		}
		// Closing the file ends a read that waits for more.
		defer context.AfterFunc(ctx, func() { f.Close() })()
	} else if ctx.Done() != nil {
		meter.r = newPatient(ctx, f)
	}
	r, err := unpacked(meter, name, !follow)
	if err == nil {
		err = s.content(ctx, a, r, meter)
	}
	var failed sinkError
	if ctx.Err() != nil && !errors.As(err, &failed) {
		return ctx.Err()
	}
	return err
}

// opened opens a file.
func (s *Source) opened(name string) (io.ReadCloser, error) {
	if s.Opener != nil {
		if f, ok, err := s.Opener(name); ok || err != nil {
			return f, err
		}
	}
	return s.open(name)
}

// content reads a file whose format is not known yet.
func (s *Source) content(ctx context.Context, a *Assembler, r *Reader, m *meter) error {
	if s.Foreign != nil && !isCapture(r.rest()) {
		if err := s.foreign(ctx, a, r, m); !errors.Is(err, ErrForeign) {
			return err
		}
		r.logHint = s.ForeignHint
	}
	if err := r.begin(); err != nil {
		return err
	}
	return s.frames(ctx, a, r, m)
}

// foreign reads a file that is no capture. If it is not known, r is still at its beginning.
func (s *Source) foreign(ctx context.Context, a *Assembler, r *Reader, m *meter) error {
	_ = r.need(strangerHead)
	head := bytes.Clone(r.rest())
	from := &told{r: io.MultiReader(bytes.NewReader(head), r.r), tell: func() { s.tell(r.name, m.n) }}
	sink := &keptError{to: a.sink}
	if f, ok := m.r.(*follower); ok {
		// Of a file that is not empty and not known yet, no more is awaited than the rest of
		// a line: it may be a log that is being written.
		var begun time.Time
		f.unknown = func() bool {
			if f.n == 0 || sink.used {
				return false
			}
			if begun.IsZero() {
				begun = time.Now()
			}
			return f.last == '\n' || time.Since(begun) > lineWait
		}
		defer func() { f.unknown = nil }()
	}
	err := s.Foreign(ctx, File{from, r.name, a.opts.Origin}, a.nextID, sink)
	s.tell(r.name, m.n)
	if sink.err != nil {
		return sinkError{sink.err}
	}
	if err == nil || errors.Is(err, ErrForeign) {
		return err
	}
	if errors.Is(err, errUnknownYet) {
		return ErrForeign
	}
	return &FileError{File: r.name, Offset: -1, What: "cannot read on: " + err.Error(), Err: err}
}

// told calls tell before each read of many bytes.
type told struct {
	r    io.Reader
	tell func()
}

func (t *told) Read(p []byte) (int, error) {
	t.tell()
	return t.r.Read(p)
}

// keptError keeps the error of a sink.
type keptError struct {
	to   capture.Sink
	err  error
	used bool // an event came
}

func (f *keptError) Event(e *capture.Event) error {
	f.used = true
	f.err = f.to.Event(e)
	return f.err
}

// frames reads the frames of a file, and the secrets between them.
func (s *Source) frames(ctx context.Context, a *Assembler, r *Reader, m *meter) error {
	found := &secrets{file: r.name, to: a.sink}
	r.Secrets = found.block
	defer func() { s.keys = found.add(s.keys) }()
	var (
		p       Packet
		unknown = make(map[layers.LinkType]int64)
		errs    []error
	)
	for n := 0; ; n++ {
		if n%checkEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.tell(r.name, m.n)
		}
		if err := r.Next(&p); err != nil {
			if err != io.EOF {
				errs = append(errs, err)
			}
			break
		}
		found.at = p.Time
		skip, err := a.packet(&p)
		if err != nil {
			return sinkError{err}
		}
		if skip == UnknownLink {
			if unknown[p.Link]++; unknown[p.Link] == 1 {
				errs = append(errs, &FileError{
					File: r.name, Packet: p.Number, Offset: p.Offset,
					What: fmt.Sprintf("link type %d (%s) is not read", p.Link, p.Link),
					Hint: "packets of that kind are passed over; capture with tcpdump -i any or on Ethernet",
				})
			}
		}
	}
	s.tell(r.name, m.n)
	return errors.Join(append(errs, found.bad...)...)
}

func (s *Source) tell(name string, read int64) {
	if s.Progress != nil {
		s.Progress(name, read)
	}
}

// meter counts the bytes read.
type meter struct {
	r io.Reader
	n int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}
