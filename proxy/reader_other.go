//go:build !unix

package proxy

import "net"

// newSocketReader returns nil, because sockets cannot be polled on this system.
func newSocketReader(*net.TCPConn, *memory) reader { return nil }
