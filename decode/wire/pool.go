package wire

// Pool is a free list of buffers for framers that run in one goroutine, so that
// connections between two messages hold no memory. It has no lock. The zero
// value is an empty pool.
type Pool struct{ free [][]byte }

// maxFree bounds how many idle buffers a Pool keeps; with DefaultKeep that is
// at most 2 MiB.
const maxFree = 32

// Get returns an empty buffer, with capacity if there was one to reuse.
func (p *Pool) Get() []byte {
	if n := len(p.free); n > 0 {
		b := p.free[n-1]
		p.free = p.free[:n-1]
		return b
	}
	return make([]byte, 0, 512)
}

// Put returns a buffer to the pool. The caller must no longer use it.
func (p *Pool) Put(b []byte) {
	if cap(b) > 0 && len(p.free) < maxFree {
		p.free = append(p.free, b[:0])
	}
}
