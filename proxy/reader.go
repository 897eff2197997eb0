package proxy

import "net"

// reader reads with memory that it holds only while there are bytes.
type reader interface {
	// read waits for bytes. They are valid until release, and may come with an
	// error.
	read() ([]byte, error)

	// release gives the bytes' memory back. It may be called again.
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

// blockingReader is for a connection that must be read to know whether it has
// something, like TLS: it waits with a small buffer.
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

// restReader has bytes that were read with something before them.
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
