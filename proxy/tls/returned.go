package tls

import "net"

// returned is a connection that Open returns before everything read from it has been
// written, or after it has failed: Read waits for the former, and returns the latter,
// because a socket reports its reset only once.
type returned struct {
	net.Conn
	ready <-chan struct{} // nil: ready
	err   func() error
}

// Read waits, then reads.
func (h *returned) Read(p []byte) (int, error) {
	if h.ready != nil {
		<-h.ready
	}
	if err := h.err(); err != nil {
		return 0, err
	}
	return h.Conn.Read(p)
}

// CloseWrite ends this direction.
func (h *returned) CloseWrite() error {
	if c, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return h.Conn.Close()
}

// NetConn returns the underlying connection, as that of crypto/tls does.
func (h *returned) NetConn() net.Conn { return h.Conn }
