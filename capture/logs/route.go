package logs

import (
	"bytes"
	"strconv"

	"imapscope/capture"
)

// A router finds out which of several open sessions a line is of, where a program does not write
// that: by the tags, which it counts up in each session, and which begin with letters of the
// session in some programs. What the server says without a tag waits for the tagged line behind
// it while more than one session is waiting for an answer.
type router struct {
	b    *book
	held [][]byte
	size int
}

// maxHeld bounds the bytes and lines that wait for a tagged line.
const (
	maxHeld      = 64 << 10
	maxHeldLines = 200
)

// say reports a line of the protocol to the session that it is of.
func (r *router) say(dir capture.Direction, text []byte) (*session, error) {
	if dir == capture.ClientToServer {
		if err := r.flush(); err != nil {
			return nil, err
		}
		s, err := r.sender(text)
		if err != nil {
			return nil, err
		}
		return s, s.line(dir, text)
	}
	if tagged := len(text) > 0 && text[0] != '*' && text[0] != '+' && text[0] != ')'; tagged {
		if s := r.answered(text); s != nil {
			if _, err := r.b.session(s.key); err != nil {
				return nil, err
			}
		}
		if err := r.flush(); err != nil {
			return nil, err
		}
	} else if s := r.greeted(text); s != nil {
		if err := r.flush(); err != nil {
			return nil, err
		}
		return s, s.line(dir, text)
	} else if r.ambiguous() && r.size+len(text) <= maxHeld && len(r.held) < maxHeldLines {
		r.held = append(r.held, bytes.Clone(text))
		r.size += len(text)
		return nil, nil
	}
	s, err := r.b.current()
	if err == nil && !s.waits && !s.frames.Open(dir) {
		s, err = r.waiting(s)
	}
	if err != nil {
		return nil, err
	}
	return s, s.line(dir, text)
}

// waiting returns the session that waits for an answer, or s if there is none, or more than one.
func (r *router) waiting(s *session) (*session, error) {
	var one *session
	for _, other := range r.b.sessions {
		if other.waits && one != nil {
			return s, nil
		}
		if other.waits {
			one = other
		}
	}
	if one == nil {
		return s, nil
	}
	return r.b.session(one.key)
}

// flush reports what waits to the session that was used last.
func (r *router) flush() error {
	if len(r.held) == 0 {
		return nil
	}
	s, err := r.b.current()
	if err != nil {
		return err
	}
	for _, text := range r.held {
		if err := s.line(capture.ServerToClient, text); err != nil {
			return err
		}
	}
	r.held, r.size = r.held[:0], 0
	return nil
}

// ambiguous reports whether more than one session waits for an answer, and none is within a message.
func (r *router) ambiguous() bool {
	waiting := 0
	for _, s := range r.b.sessions {
		if s.frames.Open(capture.ServerToClient) {
			return false
		}
		if s.waits {
			waiting++
		}
	}
	return waiting > 1
}

// greeted returns the session that a greeting is of: one in which nothing was said yet.
func (r *router) greeted(text []byte) *session {
	for _, s := range r.b.all() {
		if s.off == [2]int64{} && isGreeting(text, r.b.protocol) {
			r.b.use(s)
			return s
		}
	}
	return nil
}

// sender returns the session of a line of the client.
func (r *router) sender(text []byte) (*session, error) {
	letters, n, ok := tagParts(firstWord(text))
	if last := r.b.last; !ok || last == nil || last.frames.Open(capture.ClientToServer) || last.asked {
		return r.b.current()
	}
	var best *session
	rank := 0
	for _, s := range r.b.sessions {
		l, m, ok := tagParts(s.tag)
		at := 0
		switch {
		case len(s.tag) == 0:
			at = 1
			if n <= 2 {
				at = 2
			}
		case ok && bytes.Equal(l, letters) && n == m+1:
			at = 4
		case ok && bytes.Equal(l, letters) && len(l) > 0 && n > m:
			at = 3
		}
		if at > rank || at == rank && at > 0 && (s.used > best.used) {
			best, rank = s, at
		}
	}
	if best == nil || rank == 1 && len(letters) == 0 {
		return r.b.current()
	}
	if len(best.tag) == 0 && len(letters) > 0 {
		if err := r.replaced(best, letters); err != nil {
			return nil, err
		}
	}
	return r.b.session(best.key)
}

// replaced closes the session that had the letters of the tags of a new one: the program began again.
func (r *router) replaced(by *session, letters []byte) error {
	for _, s := range r.b.all() {
		if l, _, ok := tagParts(s.tag); ok && s != by && bytes.Equal(l, letters) {
			return s.close(capture.EndOfCapture)
		}
	}
	return nil
}

// answered returns the session that a tagged line of the server is of; nil if none sent that tag.
func (r *router) answered(text []byte) *session {
	tag := firstWord(text)
	letters, n, ok := tagParts(tag)
	var best *session
	exact := false
	for _, s := range r.b.sessions {
		l, m, is := tagParts(s.tag)
		equal := s.waits && bytes.Equal(s.tag, tag)
		fits := equal || !exact && ok && is && bytes.Equal(l, letters) && n <= m
		if fits && (best == nil || equal && !exact || s.used > best.used) {
			best, exact = s, exact || equal
		}
	}
	return best
}

// tagParts returns the letters and the number of a tag such as "A12".
func tagParts(tag []byte) (letters []byte, n int, ok bool) {
	i := len(tag)
	for i > 0 && '0' <= tag[i-1] && tag[i-1] <= '9' {
		i--
	}
	if i == len(tag) || len(tag)-i > 9 {
		return nil, 0, false
	}
	n, err := strconv.Atoi(string(tag[i:]))
	return tag[:i], n, err == nil
}
