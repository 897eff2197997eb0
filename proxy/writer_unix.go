//go:build unix

package proxy

import (
	"io"
	"net"
	"syscall"
)

// A socketWriter writes to a socket, and waits where that takes no more.
type socketWriter struct {
	rc   syscall.RawConn
	rest []byte // not written yet
	err  error
	try  func(fd uintptr) bool // tryWrite, as a method value allocated once
}

func newSocketWriter(c *net.TCPConn) io.Writer {
	rc, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	w := &socketWriter{rc: rc}
	w.try = w.tryWrite
	return w
}

// Write implements io.Writer.
func (w *socketWriter) Write(p []byte) (int, error) {
	w.rest, w.err = p, nil
	err := w.rc.Write(w.try)
	if err == nil {
		err = w.err
	}
	n := len(p) - len(w.rest)
	w.rest = nil
	return n, err
}

// tryWrite writes what the socket takes; it returns false to wait until that takes more.
func (w *socketWriter) tryWrite(fd uintptr) bool {
	for len(w.rest) > 0 {
		n, err := writeNow(fd, w.rest)
		switch err {
		case nil:
			w.rest = w.rest[n:]
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			w.err = err
			return true
		}
	}
	return true
}
