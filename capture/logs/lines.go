package logs

import (
	"bufio"
	"bytes"
	"io"
)

// MaxLine is how many bytes of one line of a log are held.
const MaxLine = 1 << 20

// A line is one line of a log.
type line struct {
	text []byte // without its line feed; valid until the next one is read
	cut  int64  // bytes behind text that are not held
	lf   bool   // it ended in a line feed
}

// lines reads lines.
type lines struct {
	r      *bufio.Reader
	long   []byte
	budget int64 // how long a line may be before next gives up with ErrUnknown; 0: any length
}

func newLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, 64<<10)} }

// next returns the next line; io.EOF after the last one.
func (l *lines) next() (line, error) {
	text, err := l.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return l.rest(text)
	}
	if err != nil && (err != io.EOF || len(text) == 0) {
		return line{}, err
	}
	return ended(text, 0), nil
}

// rest returns a line that is longer than the reader's buffer; first is its beginning.
func (l *lines) rest(first []byte) (line, error) {
	l.long = append(l.long[:0], first...)
	var cut int64
	for {
		text, err := l.r.ReadSlice('\n')
		take := min(len(text), MaxLine-len(l.long))
		l.long = append(l.long, text[:take]...)
		cut += int64(len(text) - take)
		if l.budget > 0 && (int64(len(l.long))+cut > l.budget || bytes.IndexByte(text, 0) >= 0) {
			return line{}, ErrUnknown
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if err != nil && err != io.EOF {
			return line{}, err
		}
		if cut == 0 {
			return ended(l.long, 0), nil
		}
		if bytes.HasSuffix(text, []byte("\n")) {
			cut--
		}
		return line{l.long, cut, true}, nil
	}
}

func ended(text []byte, cut int64) line {
	t := bytes.TrimSuffix(text, []byte("\n"))
	return line{t, cut, len(t) < len(text)}
}
