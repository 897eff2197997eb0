package capture

import (
	"sync"
	"sync/atomic"
)

// Buffers are the buffers of a Source that reads into memory which Sinks may hold instead of
// copying it. Buffers that are not in use are kept for the next Get, the one that was used last
// first: it may still be in a processor's cache. Of them spareBytes are kept at most; the rest is
// left to the garbage collector.
//
// They are counted rather than left to the garbage collector because a relay fills tens of
// thousands of them a second: allocating each of them costs several times what copying does.
type Buffers struct {
	size int
	rest sync.Pool // beyond spareBytes

	mu    sync.Mutex
	spare []*Buffer
}

// spareBytes is the size of the unused buffers that Buffers keep: as many as are in use when a
// recording lags some megabytes behind the relay.
const spareBytes = 8 << 20

// NewBuffers returns Buffers of size bytes each.
func NewBuffers(size int) *Buffers { return &Buffers{size: size} }

// Get returns a Buffer, of which the caller is the only holder.
func (s *Buffers) Get() *Buffer {
	b := s.take()
	if b == nil {
		b = &Buffer{of: s, bytes: make([]byte, s.size)}
	}
	b.holders.Store(1)
	return b
}

// take returns an unused buffer, or nil.
func (s *Buffers) take() *Buffer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := len(s.spare) - 1; k >= 0 {
		b := s.spare[k]
		s.spare[k] = nil
		s.spare = s.spare[:k]
		return b
	}
	b, _ := s.rest.Get().(*Buffer)
	return b
}

// put keeps an unused buffer.
func (s *Buffers) put(b *Buffer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.spare)*s.size < spareBytes {
		s.spare = append(s.spare, b)
	} else {
		s.rest.Put(b)
	}
}

// A Buffer is memory that several may hold: the Source that reads into it, and Sinks that need
// the bytes of an event after Event has returned. Its bytes do not change while anyone but the
// Source holds it.
type Buffer struct {
	of      *Buffers
	bytes   []byte
	holders atomic.Int32
}

// Bytes returns the whole buffer. Only the caller of Get may write to it, once: before it
// reports an Event with the Buffer.
func (b *Buffer) Bytes() []byte { return b.bytes }

// Release ends the use of the buffer by the caller of Get. One that is never released is
// freed by the garbage collector.
func (b *Buffer) Release() {
	switch n := b.holders.Add(-1); {
	case n == 0:
		b.of.put(b)
	case n < 0:
		panic("capture: a Buffer was released twice")
	}
}

// contains reports whether p is in the buffer. A slice in the same memory ends, at its full
// capacity, with the same byte.
func (b *Buffer) contains(p []byte) bool {
	return cap(p) > 0 && &p[:cap(p)][cap(p)-1] == &b.bytes[len(b.bytes)-1]
}

// A Hold keeps the bytes of an event valid. The zero Hold is none.
type Hold struct{ b *Buffer }

// Hold makes e.Data valid until the Hold is released, if it is in e.Buffer and fills at least
// half of it: otherwise it returns false, and a Sink that needs the bytes later copies them. It is
// called before Sink.Event returns.
func (e *Event) Hold() (Hold, bool) {
	b := e.Buffer
	if b == nil || 2*len(e.Data) < len(b.bytes) || !b.contains(e.Data) {
		return Hold{}, false
	}
	b.holders.Add(1)
	return Hold{b}, true
}

// Size returns the number of bytes of memory that h keeps in use.
func (h Hold) Size() int {
	if h.b == nil {
		return 0
	}
	return len(h.b.bytes)
}

// Release ends the Hold. A Hold that is released, or none, is not released again; a copy of it
// must not be.
func (h *Hold) Release() {
	if b := h.b; b != nil {
		h.b = nil
		b.Release()
	}
}
