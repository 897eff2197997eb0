//go:build unix

package keylog

import "syscall"

// nonBlocking makes opening a pipe that has no writer return.
const nonBlocking = syscall.O_NONBLOCK
