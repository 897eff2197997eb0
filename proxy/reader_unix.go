//go:build unix

package proxy

import (
	"io"
	"net"
	"syscall"

	"imapscope/capture"
)

// A socketReader waits until the socket has bytes, and only then takes a buffer: a large one
// where many bytes wait, since fewer reads and writes of the same bytes take the processor much
// less time.
type socketReader struct {
	rc   syscall.RawConn
	mem  *memory
	buf  *capture.Buffer
	bulk bool // buf is one of mem.bulk
	full bool // the last read would have filled a small buffer: more may wait
	n    int
	err  error
	try  func(fd uintptr) bool // tryRead, as a method value allocated once
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
		r.take(fd)
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
		r.full = r.n >= socketBufferSize
		return true
	}
}

// take takes a buffer for the next read. A large one is used only if the read fills at least
// half of it: otherwise sinks would copy the bytes instead of holding them (capture.Event.Hold).
func (r *socketReader) take(fd uintptr) {
	r.bulk = r.full && waiting(fd) >= bulkBufferSize/2 && r.mem.startBulk()
	if r.bulk {
		r.buf = r.mem.bulk.Get()
	} else {
		r.buf = r.mem.socket.Get()
	}
}

func (r *socketReader) release() {
	if r.buf == nil {
		return
	}
	r.buf.Release()
	r.buf = nil
	if r.bulk {
		r.bulk = false
		r.mem.endBulk()
	}
}
