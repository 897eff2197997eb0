package proxy

import "imapscope/capture"

// Sizes of buffers. A connection holds one only while it has bytes to move.
const (
	tlsBufferSize    = 16 << 10 // the most a TLS record holds
	waitingSize      = 2 << 10  // held by an idle connection that cannot be polled
	socketBufferSize = 64 << 10
)

// memory holds the unused buffers of a Proxy.
type memory struct {
	tls    *capture.Buffers // for a TLS record
	socket *capture.Buffers // to read a socket into
}

func (m *memory) init() {
	m.tls, m.socket = capture.NewBuffers(tlsBufferSize), capture.NewBuffers(socketBufferSize)
}
