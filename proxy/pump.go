package proxy

import (
	"errors"
	"io"
	"net"
	"time"

	"imapscope/capture"
)

// pump forwards bytes in one direction until that ends, and passes on how it ended: an EOF as
// a half-close, a reset as a reset.
func (s *session) pump(dir capture.Direction, src, dst net.Conn) {
	defer s.pumped()
	r := s.newReader(src)
	defer r.release()
	w := newWriter(dst)
	for {
		p, err := r.read()
		if len(p) > 0 {
			if !s.forward(dir, w, p, r.buffer()) {
				s.markBroken() // the other pump reads what dst sent before it was reset
				return
			}
			r.release()
			if len(p) >= socketBufferSize && !s.splice(dir, src, dst) {
				s.markBroken()
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // TLS reports a missing close_notify this way
			s.tap.half(dir, time.Now(), capture.FIN)
			s.half(dst)
			return
		default:
			if s.markBroken() {
				s.tap.half(dir, time.Now(), capture.RST)
				s.flush(dst)
				s.abort()
			}
			return
		}
	}
}

// forward reports the bytes, which may be in a buffer, then writes them. It reports whether the
// write succeeded.
func (s *session) forward(dir capture.Direction, dst io.Writer, p []byte, in *capture.Buffer) bool {
	now := time.Now()
	s.touch(now)
	s.tap.data(dir, now, p, in)
	n, err := dst.Write(p)
	s.p.stats.octets[dir].Add(int64(n))
	return err == nil
}

// half passes on a half-close to dst, or a reset if one side was reset.
func (s *session) half(dst net.Conn) {
	c, ok := dst.(interface{ CloseWrite() error })
	switch {
	case s.isBroken():
		s.flush(dst)
		s.abort()
	case ok:
		c.CloseWrite() //nolint:errcheck // a closed side needs no half-close
	default:
		s.end(capture.FIN)
	}
}
