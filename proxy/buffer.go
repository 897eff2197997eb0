package proxy

import (
	"sync/atomic"

	"imapscope/capture"
)

// Sizes of buffers. A connection holds one only while it has bytes to move.
const (
	tlsBufferSize    = 16 << 10 // the most a TLS record holds
	waitingSize      = 2 << 10  // held by an idle connection that cannot be polled
	socketBufferSize = 64 << 10
	bulkBufferSize   = 256 << 10 // for a socket with that much to read
)

// maxBulk is the number of directions that have a bulk buffer at the same time, 16 MiB in all.
// The others use smaller ones, so that many slow readers do not take four times the memory.
const maxBulk = 64

// memory holds the unused buffers of a Proxy.
type memory struct {
	tls    *capture.Buffers // for a TLS record
	socket *capture.Buffers // to read a socket into
	bulk   *capture.Buffers // to read much from a socket at once
	bulky  atomic.Int32     // directions that have a bulk buffer
}

func (m *memory) init() {
	m.tls, m.socket = capture.NewBuffers(tlsBufferSize), capture.NewBuffers(socketBufferSize)
	m.bulk = capture.NewBuffers(bulkBufferSize)
}

// startBulk reports whether another direction may have a bulk buffer. endBulk is called once it
// has none.
func (m *memory) startBulk() bool {
	if m.bulky.Add(1) <= maxBulk {
		return true
	}
	m.bulky.Add(-1)
	return false
}

func (m *memory) endBulk() { m.bulky.Add(-1) }
