package logs

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The ends of the names of a rawlog's files: what the client sent, and what the server sent.
var rawlogEnds = [2]string{".in", ".out"}

// Inputs returns files with each directory of Dovecot's rawlogs replaced by the rawlogs in it,
// and the two files of a rawlog by their common name, which Open opens.
func Inputs(files []string) []string {
	var all []string
	for _, f := range files {
		all = append(all, inputs(f)...)
	}
	var out []string
	for _, f := range all {
		stem := rawlogStem(f)
		switch {
		case stem == "" || !slices.Contains(all, stem+rawlogEnds[0]) || !slices.Contains(all, stem+rawlogEnds[1]):
			out = append(out, f)
		case !slices.Contains(out, stem):
			out = append(out, stem)
		}
	}
	return out
}

// OnDisk returns the files of names, which Inputs returned: the two of each rawlog.
func OnDisk(names []string) []string {
	var out []string
	for _, name := range names {
		if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
			out = append(out, name)
			continue
		}
		for _, end := range rawlogEnds {
			out = append(out, name+end)
		}
	}
	return out
}

// inputs returns the files of a rawlog directory, in order of their names, or just file.
func inputs(file string) []string {
	if info, err := os.Stat(file); err != nil || !info.IsDir() {
		return []string{file}
	}
	entries, err := os.ReadDir(file)
	if err != nil {
		return []string{file}
	}
	var out []string
	for _, e := range entries {
		if e.Type().IsRegular() && rawlogStem(e.Name()) != "" {
			out = append(out, filepath.Join(file, e.Name()))
		}
	}
	if len(out) == 0 {
		return []string{file}
	}
	return out
}

// rawlogStem returns the common name of the files of a rawlog; "" if file is none of them.
func rawlogStem(file string) string {
	for _, end := range rawlogEnds {
		if stem, ok := strings.CutSuffix(file, end); ok && filepath.Base(stem) != "" {
			return stem
		}
	}
	return ""
}

// Open opens a rawlog by the common name of its two files, for Read. It reports false if there
// is a file of that name, or no rawlog.
func Open(name string) (io.ReadCloser, bool, error) {
	if _, err := os.Lstat(name); name == "-" || err == nil {
		return nil, false, nil
	}
	p := &pair{whole: true}
	for i, end := range rawlogEnds {
		f, err := os.Open(name + end)
		if errors.Is(err, os.ErrNotExist) && p.files[0] == nil {
			return nil, false, nil
		}
		if err != nil {
			return nil, true, errors.Join(err, p.Close())
		}
		p.files[i], p.in[i] = f, bufio.NewReaderSize(f, pairBuffer)
	}
	return p, true, nil
}

// A pair reads both files of a rawlog as one, merged by time. Before each line it puts the
// letter of its side, in lower case if the line has no line feed, and a space. A line that is
// longer than a buffer comes in pieces, with "+" instead of the space before all but the first.
type pair struct {
	files [2]*os.File
	in    [2]*bufio.Reader
	next  [2][]byte // a line, or a piece of one, to be put out; nil: to be read
	ended [2]bool
	whole bool // the last piece that was put out ended its line
	from  int  // the side that it was of
	out   bytes.Buffer
}

// pairBuffer is the size of the buffers.
const pairBuffer = 64 << 10

// Close closes the files.
func (p *pair) Close() error {
	var errs []error
	for _, f := range p.files {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Read implements io.Reader.
func (p *pair) Read(b []byte) (int, error) {
	for p.out.Len() == 0 {
		if err := p.merge(); err != nil {
			return 0, err
		}
	}
	return p.out.Read(b)
}

// merge puts out the piece that comes next.
func (p *pair) merge() error {
	for i := range p.in {
		if err := p.fill(i); err != nil {
			return err
		}
	}
	mark := byte(' ')
	switch {
	case p.next[0] == nil && p.next[1] == nil:
		return io.EOF
	case !p.whole && p.next[p.from] != nil:
		mark = '+'
	case p.next[0] == nil, p.next[1] != nil && earlier(p.next[1], p.next[0]):
		p.from = 1
	default:
		p.from = 0
	}
	text, whole := bytes.CutSuffix(p.next[p.from], []byte("\n"))
	p.next[p.from], p.whole = nil, whole
	letter := "CS"[p.from]
	if !whole {
		letter += 'a' - 'A'
	}
	p.out.WriteByte(letter)
	p.out.WriteByte(mark)
	p.out.Write(text)
	p.out.WriteByte('\n')
	return nil
}

// fill reads the next piece of a file.
func (p *pair) fill(i int) error {
	if p.next[i] != nil || p.ended[i] {
		return nil
	}
	piece, err := p.in[i].ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		err = nil
	}
	if p.ended[i] = err == io.EOF; p.ended[i] {
		err = nil
	}
	if len(piece) > 0 {
		p.next[i] = piece
	}
	return err
}

// earlier reports whether the time of a line is before that of another. A line without a time
// goes with the one before it.
func earlier(a, b []byte) bool {
	x, y := rawlogTime.FindSubmatch(a), rawlogTime.FindSubmatch(b)
	if x == nil || y == nil {
		return x == nil && y != nil
	}
	if len(x[1]) != len(y[1]) {
		return len(x[1]) < len(y[1])
	}
	return bytes.Compare(x[0], y[0]) < 0
}
