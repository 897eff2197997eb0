package proxy

import (
	"sync"
	"sync/atomic"
)

// Sizes of buffers. Only a connection that has octets to move has one.
const (
	tlsBufferSize = 16 << 10 // a TLS record holds no more
	waitingSize   = 2 << 10  // held while a connection waits that cannot be asked first
	smallSlab     = 4 << 10
	largeSlab     = 64 << 10
	wholeChunk    = largeSlab / 2 // from here on a chunk is queued with its slab, not copied
)

// memory is a Proxy's buffers that are not in use.
type memory struct {
	tlsBuffers, smallSlabs, largeSlabs sync.Pool
}

// getTLS is a buffer for a TLS record.
func (m *memory) getTLS() *[]byte {
	if b, ok := m.tlsBuffers.Get().(*[]byte); ok {
		return b
	}
	return new(make([]byte, tlsBufferSize))
}

// slab is memory for octets: a socket is read into one, and copies are queued in
// others, one after the other. It goes back when nobody holds it.
type slab struct {
	b       []byte
	n       int
	holders atomic.Int32
}

// newSlab is a slab with room for n octets and one holder.
func (m *memory) newSlab(n int) *slab {
	pool, size := &m.largeSlabs, max(n, largeSlab)
	if n <= smallSlab/4 {
		pool, size = &m.smallSlabs, smallSlab
	}
	s, ok := pool.Get().(*slab)
	if !ok || size > len(s.b) {
		s = &slab{b: make([]byte, size)}
	}
	s.holders.Store(1)
	return s
}

// freeSlab takes a holder's slab back.
func (m *memory) freeSlab(s *slab) {
	if s == nil || s.holders.Add(-1) > 0 {
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

// add copies octets into a slab that has room for them.
func (s *slab) add(p []byte) []byte {
	from := s.n
	s.n += copy(s.b[from:], p)
	return s.b[from:s.n:s.n]
}
