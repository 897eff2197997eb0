//go:build !unix

package pcap

// nonBlocking is 0, because this system has no named pipes among its files.
const nonBlocking = 0
