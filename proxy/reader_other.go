//go:build !unix

package proxy

import (
	"io"
	"net"
)

// newSocketReader returns nil, because sockets cannot be polled on this system.
func newSocketReader(*net.TCPConn, *memory) reader { return nil }

// newSocketWriter returns nil, for the same reason.
func newSocketWriter(*net.TCPConn) io.Writer { return nil }
