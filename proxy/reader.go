package proxy

import "net"

// A reader holds a buffer only while there are bytes.
type reader interface {
	// read waits for bytes. They are valid until release, and may be returned together
	// with an error.
	read() ([]byte, error)

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
	big   *[]byte
	full  bool // the last read filled its buffer: there may be more
}

func (r *blockingReader) read() ([]byte, error) {
	b := r.small
	if r.full {
		if r.big == nil {
			r.big = r.mem.getTLS()
		}
		b = *r.big
	}
	n, err := r.c.Read(b)
	r.full = n >= waitingSize
	return b[:n], err
}

func (r *blockingReader) release() {
	if r.big != nil && !r.full {
		r.mem.tlsBuffers.Put(r.big)
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
