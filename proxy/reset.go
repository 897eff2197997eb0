package proxy

import (
	"io"
	"net"
	"time"

	"imapscope/capture"
)

// How a reset is passed on:
//
//   - If reading fails, everything that was read has been written. Once the other side
//     has received it (flush), both are reset (abort).
//   - If writing fails, bytes that the reset side sent earlier may still be unread. The
//     other pump reads them to the end, and then does the same.
//   - If any of this hangs, force aborts after resetTimeout.

// markBroken records that one side was reset. It returns false if the session itself closed
// the connections.
func (s *session) markBroken() bool {
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
			t.SetLinger(0) //nolint:errcheck // a closed socket needs none
		}
	}
	s.mu.Unlock()
	s.end(capture.RST)
}

// flush waits until the peer of to has acknowledged everything written to it, or resetTimeout.
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

// closeOrderly closes a connection whose bytes were not read. Without reading them, closing
// would reset it.
func closeOrderly(c net.Conn) {
	if w, ok := c.(interface{ CloseWrite() error }); ok && w.CloseWrite() == nil {
		c.SetReadDeadline(time.Now().Add(closeTimeout))             //nolint:errcheck // on failure it is closed immediately
		io.Copy(io.Discard, io.LimitReader(c, 16*socketBufferSize)) //nolint:errcheck // discarded
	}
	hangUp(c)
}

// hangUp closes c. The error is ignored, because nothing could be done about it.
func hangUp(c io.Closer) { c.Close() }
