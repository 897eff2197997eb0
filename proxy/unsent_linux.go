package proxy

import (
	"net"

	"golang.org/x/sys/unix"
)

// unsent tells whether octets written to c have not reached its peer yet.
func unsent(c *net.TCPConn) bool {
	rc, err := c.SyscallConn()
	if err != nil {
		return false
	}
	n := 0
	err = rc.Control(func(fd uintptr) { n, err = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) })
	return err == nil && n > 0
}
