package proxy

import (
	"errors"
	"io"
	"net"
	"time"

	"imapscope/capture"
)

// pump moves octets one way until that way has ended, and passes on how: an end
// as a half-close, a reset as a reset.
func (s *session) pump(dir capture.Direction, src, dst net.Conn) {
	defer s.pumped()
	r := s.newReader(src)
	defer r.release()
	for {
		p, err := r.read()
		if len(p) > 0 {
			if !s.forward(dir, dst, p) {
				s.breaks() // the other pump reads what dst said before it was reset
				return
			}
			r.release()
			if len(p) == socketBufferSize && !s.splice(dir, src, dst) {
				s.breaks()
				return
			}
		}
		switch {
		case err == nil:
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // TLS's word for an end without goodbye
			s.tap.half(dir, time.Now(), capture.FIN)
			s.half(dst)
			return
		default:
			if s.breaks() {
				s.tap.half(dir, time.Now(), capture.RST)
				s.flush(dst)
				s.abort()
			}
			return
		}
	}
}

// forward reports the bytes, then writes them. False is that dst takes no more.
func (s *session) forward(dir capture.Direction, dst net.Conn, p []byte) bool {
	now := time.Now()
	if s.idle != nil {
		s.seen.Store(now.UnixNano())
	}
	s.tap.data(dir, now, p)
	n, err := dst.Write(p)
	s.p.stats.octets[dir].Add(int64(n))
	return err == nil
}

// half tells dst that nothing more comes. After a reset there is no such thing.
func (s *session) half(dst net.Conn) {
	c, ok := dst.(interface{ CloseWrite() error })
	switch {
	case s.isBroken():
		s.flush(dst)
		s.abort()
	case ok:
		c.CloseWrite() //nolint:errcheck // a side that is gone has seen its end
	default:
		s.end(capture.FIN)
	}
}
