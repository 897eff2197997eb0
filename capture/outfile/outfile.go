// Package outfile writes files that have their name only when they are complete.
//
//	f, err := outfile.Create("page.html", outfile.Options{})
//	defer f.Discard()
//	… write to f …
//	err = f.Commit()
//
// # Rules
//
//   - A file is written aside, in the same folder, as NAME.part-xxxx. Commit puts it in
//     place at once: until then, and after a crash or a kill, the name has what it had.
//   - A file that exists is not replaced unless Replace is set, even if it appears in the
//     meantime. One that is read for it is never replaced (Check).
//   - A pipe or a device (/dev/stdout) is written to directly.
//   - A recording of live traffic (capture/pcap.Create) is not written this way: it must be
//     readable while it grows, and after a crash.
//
// The module github.com/google/renameio does less: it always replaces, and does not
// support Windows.
package outfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Options configures a file. The zero value is one that only its owner can read, and that
// must not exist.
type Options struct {
	Mode    fs.FileMode // before umask; 0 means 0600
	Replace bool        // a file that exists
}

// File is a file that is being written. Its Name is that of the file aside.
type File struct {
	*os.File
	name    string
	replace bool
	aside   bool // else it is written in place: no regular file
	done    bool
}

// Create begins a file. It fails with fs.ErrExist if the file exists and is not to be
// replaced.
func Create(name string, o Options) (*File, error) {
	if err := Check(name, o.Replace); err != nil {
		return nil, err
	}
	if isSpecial(name) {
		f, err := openSpecial(name)
		if err != nil {
			return nil, err
		}
		return &File{File: f, name: name}, nil
	}
	if o.Mode == 0 {
		o.Mode = 0o600
	}
	f, err := createAside(name, o.Mode)
	if err != nil {
		return nil, err
	}
	return &File{File: f, name: name, replace: o.Replace, aside: true}, nil
}

// Check returns the error that Create would return because of what has the name: a folder,
// or a file that is not to be replaced. It also returns an error if the name leads to one of
// the files that are read, which must not be replaced in any case.
func Check(name string, replace bool, inputs ...string) error {
	for _, in := range inputs {
		if same(name, in) {
			return &fs.PathError{Op: "create", Path: name, Err: errInput}
		}
	}
	info, err := os.Lstat(name)
	switch {
	case err != nil:
		return nil // its folder is Create's concern
	case info.IsDir():
		return &fs.PathError{Op: "create", Path: name, Err: syscall.EISDIR}
	case !replace && !isSpecial(name):
		return exists(name)
	}
	return nil
}

var errInput = errors.New("this file is the input, and is not replaced")

// same reports whether two names lead to the same regular file.
func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || !x.Mode().IsRegular() {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// isSpecial reports whether a name is that of a pipe, a device or a socket, or leads to one.
func isSpecial(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// openSpecial opens a pipe or a device. A pipe without a reader is an error: opening it
// would wait for one without end.
func openSpecial(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if info, _ := os.Stat(name); errors.Is(err, syscall.ENXIO) && info != nil && info.Mode()&fs.ModeNamedPipe != 0 {
		return nil, fmt.Errorf("%s is a pipe, and no program has opened it for reading", name)
	}
	return f, err
}

// Write writes a file with what write writes, buffered.
func Write(name string, o Options, write func(io.Writer) error) error {
	f, err := Create(name, o)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return errors.Join(err, f.Discard())
	}
	if err := w.Flush(); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}

// Write implements io.Writer. Its errors name the file, not the file aside.
func (f *File) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	return n, named(err, f.name)
}

// Regular reports whether the file can be read again before Commit: a pipe cannot.
func (f *File) Regular() bool { return f.aside }

// Commit completes the file and puts it in place. If it fails, the file is discarded; it
// fails with fs.ErrExist if a file of that name has appeared and is not to be replaced.
func (f *File) Commit() error {
	if !f.aside {
		f.done = true
		return f.Close()
	}
	err := errors.Join(named(f.Sync(), f.name), named(f.Close(), f.name))
	if err == nil {
		err = f.place()
	}
	if err != nil {
		return errors.Join(err, f.Discard())
	}
	f.done = true
	return nil
}

// place gives the file its name. A link does not replace; where a file system has no links,
// a file that appears at this moment is.
func (f *File) place() error {
	if f.replace {
		return os.Rename(f.Name(), f.name)
	}
	err := os.Link(f.Name(), f.name)
	switch {
	case err == nil:
		return os.Remove(f.Name())
	case errors.Is(err, fs.ErrExist):
		return exists(f.name)
	}
	if _, err := os.Lstat(f.name); err == nil {
		return exists(f.name)
	}
	return os.Rename(f.Name(), f.name)
}

// Discard removes the file. After Commit or Discard it does nothing.
func (f *File) Discard() error {
	if f.done {
		return nil
	}
	f.done = true
	if err := f.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	if !f.aside {
		return nil
	}
	if err := os.Remove(f.Name()); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func exists(name string) error {
	return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
}

// maxBase bounds the part of a name that the name of the file aside repeats: file systems
// allow 255 bytes.
const maxBase = 200

func createAside(name string, mode fs.FileMode) (*os.File, error) {
	dir, base := filepath.Split(name)
	for {
		aside := base[:min(len(base), maxBase)] + ".part-" + strconv.FormatUint(rand.Uint64(), 36)
		f, err := os.OpenFile(dir+aside, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, named(err, name)
		}
	}
}

// named makes an error about the file aside one about the file called name.
func named(err error, name string) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	op := p.Op
	if op == "open" {
		op = "create"
	}
	return &fs.PathError{Op: op, Path: name, Err: p.Err}
}
