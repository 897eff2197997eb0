package keylog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// tail reads a file that grows. It goes on where a file of the same name begins again, cut
// to nothing or replaced.
type tail struct {
	name   string
	notice func(format string, args ...any)

	f    *os.File
	r    lineReader
	said string // the last notice about a file that cannot be read
	off  bool   // it is never read again
}

// more returns the next whole lines, or nothing if there are none now.
func (t *tail) more() []byte {
	if t.off {
		return nil
	}
	if t.f == nil && !t.open() {
		return nil
	}
	lines, err := t.r.next(false)
	switch {
	case len(lines) > 0, err == nil:
		return lines
	case err != io.EOF:
		t.trouble("%v; its keys are not used any more", openError(t.name, err))
		t.off = true
		return nil
	}
	if t.again() {
		return t.more()
	}
	return nil
}

// again reports whether the file, of which everything is read, begins again.
func (t *tail) again() bool {
	now, err := t.f.Stat()
	if err == nil && now.Size() < t.r.n {
		t.notice("%s was cut and is read from its beginning", t.name)
		if _, err := t.f.Seek(0, io.SeekStart); err != nil {
			return false
		}
		t.r = lineReader{r: t.f}
		return now.Size() > 0
	}
	at, err := os.Stat(t.name)
	if err != nil || now == nil || os.SameFile(now, at) {
		return false // a file that was removed may still grow
	}
	t.close()
	t.notice("%s was replaced and is read from its beginning", t.name)
	return t.open()
}

// open opens the file, and reports whether it could.
func (t *tail) open() bool {
	info, err := os.Stat(t.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.trouble("waiting for the key log %s to appear", t.name)
		return false
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("not a regular file, so it is not read while it grows")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(t.name)
	}
	if err != nil {
		t.trouble("%v", openError(t.name, err))
		return false
	}
	t.f, t.r, t.said = f, lineReader{r: f}, ""
	return true
}

// trouble gives notice once of what keeps the file from being read.
func (t *tail) trouble(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); text != t.said {
		t.said = text
		t.notice("%s", text)
	}
}

func (t *tail) close() {
	if t.f != nil {
		t.f.Close()
		t.f = nil
	}
}

// lineReader reads whole lines.
type lineReader struct {
	r    io.Reader
	n    int64 // bytes read
	buf  []byte
	held int  // bytes of buf: the beginning of a line
	long bool // of a line that is too long, and left out
}

// next returns the whole lines of what one Read returns; at io.EOF, with last, the rest too.
func (l *lineReader) next(last bool) ([]byte, error) {
	if l.n > MaxFile {
		return nil, fmt.Errorf("it is larger than %d MiB", MaxFile>>20)
	}
	if l.buf == nil {
		l.buf = make([]byte, MaxLines)
	}
	n, err := l.r.Read(l.buf[l.held:])
	l.n += int64(n)
	b := l.buf[:l.held+n]
	end := bytes.LastIndexByte(b, '\n') + 1
	if last && err == io.EOF {
		end = len(b)
	}
	lines, rest := b[:end], b[end:]
	if l.long && end > 0 {
		_, lines, _ = bytes.Cut(lines, []byte("\n"))
		l.long = false
	}
	lines = bytes.Clone(lines)
	if len(rest) == len(l.buf) {
		l.long, rest = true, nil
	}
	l.held = copy(l.buf, rest)
	return lines, err
}
