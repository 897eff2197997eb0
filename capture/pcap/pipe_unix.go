//go:build unix

package pcap

import "syscall"

// nonBlocking makes opening a pipe without a reader fail.
const nonBlocking = syscall.O_NONBLOCK
