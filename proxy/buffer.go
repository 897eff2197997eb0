package proxy

import "sync"

// Sizes of buffers. A connection holds one only while it has bytes to move.
const (
	tlsBufferSize    = 16 << 10 // the most a TLS record holds
	waitingSize      = 2 << 10  // held by an idle connection that cannot be polled
	socketBufferSize = 64 << 10
)

// memory holds the unused buffers of a Proxy.
type memory struct {
	tlsBuffers, socketBuffers sync.Pool
}

// getTLS returns a buffer for a TLS record.
func (m *memory) getTLS() *[]byte { return get(&m.tlsBuffers, tlsBufferSize) }

// getSocket returns a buffer to read a socket into.
func (m *memory) getSocket() *[]byte { return get(&m.socketBuffers, socketBufferSize) }

func get(p *sync.Pool, size int) *[]byte {
	if b, ok := p.Get().(*[]byte); ok {
		return b
	}
	return new(make([]byte, size))
}
