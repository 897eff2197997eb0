package proxy

import (
	"io"
	"net"
	"time"

	"imapscope/capture"
)

// A reset takes this way:
//
//   - The read side meets it: all that was read is written, so once the other
//     side has it (flush), both are reset (abort).
//   - The write side meets it: what the reset side sent before may still be
//     unread. The other pump reads it to its end, and then does the same.
//   - Whatever hangs in between, force aborts after resetTimeout.

// breaks notes that one side was reset. False: this end is our own doing.
func (s *session) breaks() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != 0 {
		return false
	}
	if !s.broken {
		s.broken = true
		s.force = time.AfterFunc(resetTimeout, s.abort)
	}
	return true
}

func (s *session) isBroken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.broken
}

// abort ends both sides with a reset.
func (s *session) abort() {
	s.mu.Lock()
	ours := s.cause != 0
	for _, c := range []net.Conn{s.raw, s.dialed} {
		if t, ok := c.(*net.TCPConn); ok && !ours {
			t.SetLinger(0) //nolint:errcheck // a socket that is gone needs none
		}
	}
	s.mu.Unlock()
	s.end(capture.RST)
}

// flush waits until the peer of a side that is relayed has what was written to it.
func (s *session) flush(to net.Conn) {
	raw := s.dialed
	if to == s.client {
		raw = s.raw
	}
	t, ok := raw.(*net.TCPConn)
	if !ok {
		return
	}
	for pause, end := 100*time.Microsecond, time.Now().Add(resetTimeout); unsent(t) && time.Now().Before(end); pause *= 2 {
		time.Sleep(min(pause, 10*time.Millisecond))
	}
}

// closeOrderly ends a connection whose octets nobody has read: closed with octets
// unread it would be reset.
func closeOrderly(c net.Conn) {
	if w, ok := c.(interface{ CloseWrite() error }); ok && w.CloseWrite() == nil {
		c.SetReadDeadline(time.Now().Add(closeTimeout))             //nolint:errcheck // then it is closed at once
		io.Copy(io.Discard, io.LimitReader(c, 16*socketBufferSize)) //nolint:errcheck // whatever came
	}
	hangUp(c)
}

// hangUp closes what has nothing left to say: an error has nobody to hear it.
func hangUp(c io.Closer) { c.Close() }
