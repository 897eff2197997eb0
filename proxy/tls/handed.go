package tls

import "net"

// handed is a connection that is handed on before everything read from it was
// written, or that has failed: reading waits for the one, and tells of the other,
// because a socket tells of its reset only once.
type handed struct {
	net.Conn
	ready <-chan struct{} // nil is ready
	err   func() error
}

// Read waits, then reads.
func (h *handed) Read(p []byte) (int, error) {
	if h.ready != nil {
		<-h.ready
	}
	if err := h.err(); err != nil {
		return 0, err
	}
	return h.Conn.Read(p)
}

// CloseWrite ends this direction.
func (h *handed) CloseWrite() error {
	if c, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return h.Conn.Close()
}

// NetConn is the connection below, as crypto/tls's is.
func (h *handed) NetConn() net.Conn { return h.Conn }
