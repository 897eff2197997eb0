package proxy

import "sync"

// Sizes of buffers. Only a connection that has octets to move has one.
const (
	bufferSize    = 64 << 10 // between two sockets
	tlsBufferSize = 16 << 10 // a TLS record holds no more
	waitingSize   = 2 << 10  // held while a connection waits that cannot be asked first
	smallSlab     = 4 << 10
	largeSlab     = 64 << 10
)

// memory is a Proxy's buffers that are not in use.
type memory struct {
	buffers, tlsBuffers, smallSlabs, largeSlabs sync.Pool
}

func getBuffer(p *sync.Pool, size int) *[]byte {
	if b, ok := p.Get().(*[]byte); ok {
		return b
	}
	return new(make([]byte, size))
}

// slab is memory that copies are queued in, one after the other.
type slab struct {
	b []byte
	n int
}

// newSlab is a slab with room for n octets.
func (m *memory) newSlab(n int) *slab {
	pool, size := &m.largeSlabs, max(n, largeSlab)
	if n <= smallSlab/4 {
		pool, size = &m.smallSlabs, smallSlab
	}
	if s, ok := pool.Get().(*slab); ok && size <= len(s.b) {
		return s
	}
	return &slab{b: make([]byte, size)}
}

// freeSlab takes a slab back; nobody may hold what add returned.
func (m *memory) freeSlab(s *slab) {
	if s == nil {
		return
	}
	s.n = 0
	switch len(s.b) {
	case smallSlab:
		m.smallSlabs.Put(s)
	case largeSlab:
		m.largeSlabs.Put(s)
	}
}

func (s *slab) add(p []byte) []byte {
	from := s.n
	s.n += copy(s.b[from:], p)
	return s.b[from:s.n:s.n]
}
