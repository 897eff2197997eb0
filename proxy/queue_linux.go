package proxy

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent reports whether bytes written to c have not reached its peer yet.
func unsent(c *net.TCPConn) bool { return queued(c, unix.SIOCOUTQ) > 0 }

// unread returns the number of bytes that have arrived and were not read.
func unread(c *net.TCPConn) int { return queued(c, unix.SIOCINQ) }

// queued returns the length of a socket's queue, or 0 if the socket is closed.
func queued(c *net.TCPConn, which int) (n int) {
	rc, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	err = rc.Control(func(fd uintptr) {
		if m, ierr := unix.IoctlGetInt(int(fd), uint(which)); ierr == nil {
			n = m
		}
	})
	if err != nil {
		return 0
	}
	return n
}
