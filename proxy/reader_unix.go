//go:build unix

package proxy

import (
	"io"
	"net"
	"syscall"

	"imapscope/capture"
)

// A socketReader waits until the socket has bytes, and only then allocates a buffer.
type socketReader struct {
	rc  syscall.RawConn
	mem *memory
	buf *capture.Buffer
	n   int
	err error
	try func(fd uintptr) bool // tryRead, as a method value allocated once
}

func newSocketReader(c *net.TCPConn, m *memory) reader {
	rc, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	r := &socketReader{rc: rc, mem: m}
	r.try = r.tryRead
	return r
}

func (r *socketReader) read() ([]byte, error) {
	if err := r.rc.Read(r.try); err != nil {
		return nil, err
	}
	if r.n <= 0 {
		r.release()
		return nil, r.err
	}
	return r.buf.Bytes()[:r.n], nil
}

func (r *socketReader) buffer() *capture.Buffer { return r.buf }

// tryRead reads if there are bytes; it returns false to wait for them.
func (r *socketReader) tryRead(fd uintptr) bool {
	if r.buf == nil {
		r.buf = r.mem.socket.Get()
	}
	for {
		r.n, r.err = readNow(fd, r.buf.Bytes())
		switch {
		case r.err == syscall.EINTR:
			continue
		case r.err == syscall.EAGAIN:
			r.release()
			return false
		case r.n == 0 && r.err == nil:
			r.err = io.EOF
		}
		return true
	}
}

func (r *socketReader) release() {
	if r.buf != nil {
		r.buf.Release()
		r.buf = nil
	}
}
