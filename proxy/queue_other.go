//go:build !linux

package proxy

import (
	"net"
	"time"
)

const unsentPause = 50 * time.Millisecond

// unsent pauses for a moment and reports false, because this system has no such query.
func unsent(*net.TCPConn) bool {
	time.Sleep(unsentPause)
	return false
}

// unread returns 0, because this system has no such query.
func unread(*net.TCPConn) int { return 0 }

// waiting returns 0, because this system has no such query.
func waiting(uintptr) int { return 0 }
