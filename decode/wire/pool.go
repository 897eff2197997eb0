package wire

import "math/bits"

// Pool is memory for framers that run in one goroutine, so that connections between two
// messages hold none, and those within one hold little more than it has so far. It has no lock.
// The zero value is an empty pool.
type Pool struct {
	free [classes][][]byte // by size: those of free[i] have a capacity of smallest<<i or more
	list []*lists
}

const (
	// smallest is the capacity of the smallest buffers, and classes is how many times it is
	// doubled: to 128 KiB, more than DefaultKeep needs.
	smallest = 128
	classes  = 11
	// maxFree bounds how many idle buffers of each size a Pool keeps, and maxFreeBytes their
	// bytes: all of them together take about 3 MiB at most.
	maxFree      = 32
	maxFreeBytes = 256 << 10
)

// class returns the index in Pool.free of the largest capacity that is at most n.
func class(n int) int { return bits.Len(uint(n)/smallest) - 1 }

// enlarge returns a buffer with the bytes of b, and with room for size bytes at least. The
// caller must no longer use b.
func (p *Pool) enlarge(b []byte, size int) []byte {
	out := append(p.get(size), b...)
	p.Put(b)
	return out
}

// get returns an empty buffer with room for size bytes, and at most four times as many.
func (p *Pool) get(size int) []byte {
	size = max(size, smallest)
	for i := class(size); i < min(class(size)+2, classes); i++ {
		if n := len(p.free[i]); n > 0 && cap(p.free[i][n-1]) >= size {
			b := p.free[i][n-1]
			p.free[i] = p.free[i][:n-1]
			return b
		}
	}
	return make([]byte, 0, size)
}

// Put returns a buffer to the pool. The caller must no longer use it.
func (p *Pool) Put(b []byte) {
	i := class(cap(b))
	if i < 0 || i >= classes {
		return
	}
	if n := len(p.free[i]); n < min(maxFree, maxFreeBytes/(smallest<<i)) {
		p.free[i] = append(p.free[i], b[:0])
	}
}

// lists returns empty lists.
func (p *Pool) lists() *lists {
	n := len(p.list)
	if n == 0 {
		return new(lists)
	}
	x := p.list[n-1]
	p.list = p.list[:n-1]
	return x
}

// putLists takes back lists that are not used any more.
func (p *Pool) putLists(x *lists) {
	if len(p.list) == maxFree || cap(x.lits) > spareLits {
		return
	}
	x.gaps, x.gap, x.lits, x.lost, x.seg, x.msg.Raw = x.gaps[:0], 0, x.lits[:0], 0, 0, nil
	p.list = append(p.list, x)
}
