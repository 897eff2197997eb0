package proxy

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent reports whether bytes written to c have not reached its peer yet.
func unsent(c *net.TCPConn) bool { return queued(c, unix.SIOCOUTQ) > 0 }

// unread returns the number of bytes that have arrived and were not read.
func unread(c *net.TCPConn) int { return queued(c, unix.SIOCINQ) }

// waiting returns the number of bytes that can be read from the socket fd.
func waiting(fd uintptr) int { return queuedIn(fd, unix.SIOCINQ) }

// queued returns the length of a socket's queue, or 0 if the socket is closed.
func queued(c *net.TCPConn, which int) (n int) {
	rc, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	if rc.Control(func(fd uintptr) { n = queuedIn(fd, which) }) != nil {
		return 0
	}
	return n
}

// queuedIn returns the length of a queue of the socket fd, or 0 if there is none.
func queuedIn(fd uintptr, which int) int {
	n, err := unix.IoctlGetInt(int(fd), uint(which))
	if err != nil {
		return 0
	}
	return n
}
