//go:build !linux

package proxy

import (
	"net"
	"time"
)

const unsentPause = 50 * time.Millisecond

// unsent cannot tell here: it gives the octets a moment.
func unsent(*net.TCPConn) bool {
	time.Sleep(unsentPause)
	return false
}

// unread cannot tell here.
func unread(*net.TCPConn) int { return 0 }
