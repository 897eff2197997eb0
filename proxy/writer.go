package proxy

import (
	"io"
	"net"
)

// newWriter returns a Writer that writes to c.
func newWriter(c net.Conn) io.Writer {
	if h, ok := c.(*headed); ok {
		c = h.Conn
	}
	if t, ok := c.(*net.TCPConn); ok {
		if w := newSocketWriter(t); w != nil {
			return w
		}
	}
	return c
}
