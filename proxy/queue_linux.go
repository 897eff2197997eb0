package proxy

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent tells whether octets written to c have not reached its peer yet.
func unsent(c *net.TCPConn) bool { return queued(c, unix.SIOCOUTQ) > 0 }

// unread is how many octets have come that were not read.
func unread(c *net.TCPConn) int { return queued(c, unix.SIOCINQ) }

// queued asks a socket for the length of a queue; 0 if it has none any more.
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
