package export

import (
	"io"
	"time"

	"imapscope/decode/archive"
)

// writeMbox writes a message in mboxrd format.
func writeMbox(w io.Writer, r *archive.Reader, m *mail) error {
	if _, err := io.WriteString(w, "From imapscope@localhost "+m.time.UTC().Format(time.ANSIC)+"\n"); err != nil {
		return err
	}
	q := &quoter{w: w, begins: true}
	if err := r.Octets(q, m.conn, m.dir, m.off, m.n); err != nil {
		return err
	}
	return q.end()
}

// from is what the first line of a message begins with.
const from = "From "

// A quoter writes the lines of a message to an mbox file: CRLF becomes LF, and a line that
// could be mistaken for the start of another message, ">From " and the like included, gets
// one more ">". It holds the last few bytes at most. end must be called.
type quoter struct {
	w      io.Writer
	begins bool // nothing but ">" has come of the line
	match  int  // that many bytes of from have come behind it, which are held
	cr     bool // a CR is held
	some   bool // some of the line has come
	out    []byte
}

// Write implements io.Writer.
func (q *quoter) Write(p []byte) (int, error) {
	q.out = q.out[:0]
	for _, c := range p {
		q.next(c)
	}
	_, err := q.w.Write(q.out)
	return len(p), err
}

// next takes a byte.
func (q *quoter) next(c byte) {
	if q.cr {
		if q.cr = false; c != '\n' {
			q.release()
			q.out = append(q.out, '\r')
		}
	}
	switch {
	case c == '\r':
		q.cr = true
	case c == '\n':
		q.release()
		q.out = append(q.out, c)
		q.begins, q.some = true, false
		return
	case q.begins && c == from[q.match]:
		if q.match++; q.match == len(from) {
			q.out = append(q.out, '>')
			q.release()
		}
	case q.begins && q.match == 0 && c == '>':
		q.out = append(q.out, c)
	default:
		q.release()
		q.out = append(q.out, c)
	}
	q.some = true
}

// release writes what was held of from: the line is decided.
func (q *quoter) release() {
	q.out = append(q.out, from[:q.match]...)
	q.begins, q.match = false, 0
}

// end ends the message with an empty line.
func (q *quoter) end() error {
	q.out = q.out[:0]
	q.release()
	if q.cr {
		q.out = append(q.out, '\r')
	}
	if q.some {
		q.out = append(q.out, '\n')
	}
	_, err := q.w.Write(append(q.out, '\n'))
	return err
}
