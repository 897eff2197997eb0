package proxy

import "sync"

// Sizes of buffers. Only a connection that has bytes to move has one.
const (
	tlsBufferSize    = 16 << 10 // a TLS record holds no more
	waitingSize      = 2 << 10  // held while a connection waits that cannot be asked first
	socketBufferSize = 64 << 10
)

// memory is a Proxy's buffers that are not in use.
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
