package proxy

import (
	"net"

	"imapscope/capture"
)

// A reader holds a buffer only while there are bytes.
type reader interface {
	// read waits for bytes. They are valid until release, and may be returned together
	// with an error.
	read() ([]byte, error)

	// buffer returns the memory that those bytes are in, or nil if no one may hold it.
	buffer() *capture.Buffer

	// release frees the buffer. It may be called repeatedly.
	release()
}

func (s *session) newReader(c net.Conn) reader {
	rest := []byte(nil)
	if h, ok := c.(*headed); ok {
		c, rest = h.Conn, h.rest
	}
	var r reader
	if t, ok := c.(*net.TCPConn); ok {
		r = newSocketReader(t, &s.p.mem)
	}
	if r == nil {
		r = &blockingReader{c: c, mem: &s.p.mem, small: make([]byte, waitingSize)}
	}
	if len(rest) > 0 {
		r = &restReader{rest: rest, reader: r}
	}
	return r
}

// A blockingReader reads connections that cannot be polled, such as TLS: it waits with a small
// buffer.
type blockingReader struct {
	c     net.Conn
	mem   *memory
	small []byte
	big   *capture.Buffer
	full  bool // the last read filled its buffer: there may be more
	inBig bool // it was into big
}

func (r *blockingReader) read() ([]byte, error) {
	b := r.small
	if r.inBig = r.full; r.inBig {
		if r.big == nil {
			r.big = r.mem.tls.Get()
		}
		b = r.big.Bytes()
	}
	n, err := r.c.Read(b)
	r.full = n >= waitingSize
	return b[:n], err
}

func (r *blockingReader) buffer() *capture.Buffer {
	if r.inBig {
		return r.big
	}
	return nil
}

func (r *blockingReader) release() {
	if r.big != nil {
		r.big.Release()
		r.big = nil
	}
}

// A restReader first returns bytes that were read earlier.
type restReader struct {
	rest []byte
	reader
}

func (r *restReader) read() ([]byte, error) {
	if p := r.rest; p != nil {
		r.rest = nil
		return p, nil
	}
	return r.reader.read()
}
