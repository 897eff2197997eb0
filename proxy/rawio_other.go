//go:build unix && (!linux || race)

package proxy

import "syscall"

// readNow reads from a socket that does not block. The race detector takes what comes out of a
// socket for something that happens after it was put in, but only where syscall.Read reads.
func readNow(fd uintptr, p []byte) (int, error) { return syscall.Read(int(fd), p) }

// writeNow writes to a socket that does not block.
func writeNow(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
