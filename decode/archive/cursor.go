package archive

import "encoding/binary"

// cursor reads a journal. It keeps the page it reads.
type cursor struct {
	a      *Archive
	c      *conn
	page   uint32
	sealed bool // the page no longer changes
	blocks *blocks
	b      []byte
	at     int
	off    offsets // where the page begins
}

// seek moves to a place.
func (k *cursor) seek(c *conn, p place) error {
	if k.c != c || k.page != p.page || !k.sealed {
		if err := k.load(c, p.page); err != nil {
			k.c = nil
			return err
		}
	}
	if int(p.off) > len(k.b) {
		return errBroken
	}
	k.at = int(p.off)
	return nil
}

// load reads a page.
func (k *cursor) load(c *conn, n uint32) error {
	k.c, k.page, k.b = c, n, k.b[:0]
	p, sealed := k.copyOpen(c, n)
	if k.sealed = sealed; !sealed {
		return nil
	}
	if p.pos < 0 {
		return ErrNotKept
	}
	k.b = sized(k.b, int(p.size))
	return k.blocks.read(k.b, p.pos)
}

// copyOpen copies the page if it is the open one.
func (k *cursor) copyOpen(c *conn, n uint32) (p page, sealed bool) {
	k.a.mu.RLock()
	defer k.a.mu.RUnlock()
	if int(n) < len(c.pages) {
		p = c.pages[n]
		k.off = p.off
		return p, true
	}
	if c.tail == nil { // beyond the end
		return page{}, false
	}
	k.off = c.from
	if int(n) == len(c.pages) {
		k.b = append(k.b, c.open...)
	}
	return page{}, false
}

// next returns the next entry before end. Its body is valid until the cursor moves.
func (k *cursor) next(end place) (at place, kd kind, body []byte, ok bool, err error) {
	for k.at >= len(k.b) || k.page == end.page && k.at >= int(end.off) {
		if k.page >= end.page {
			return place{}, 0, nil, false, nil
		}
		if err := k.seek(k.c, place{page: k.page + 1}); err != nil {
			return place{}, 0, nil, false, err
		}
	}
	at = place{k.page, uint32(k.at)}
	kd, body, err = k.entry()
	return at, kd, body, err == nil, err
}

// entry returns the current entry and moves the cursor to the next.
func (k *cursor) entry() (kind, []byte, error) {
	b := k.b[k.at:]
	if len(b) == 0 {
		return 0, nil, errBroken
	}
	n, size := binary.Uvarint(b[1:])
	if size <= 0 || n > uint64(len(b)-1-size) {
		return 0, nil, errBroken
	}
	k.at += 1 + size + int(n)
	return kind(b[0]), b[1+size:][:n], nil
}

// sized returns b with length n and arbitrary contents.
func sized(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// blocks caches parts of the spool, so that neighbouring entries are read once.
type blocks struct {
	s    *spool
	list [32]block
}

type block struct {
	n int64 // its number, from 1
	b []byte
}

// read fills p.
func (x *blocks) read(p []byte, pos int64) error {
	size := x.s.block
	if len(p) > size/2 {
		return x.s.readAt(p, pos)
	}
	for len(p) > 0 {
		n := pos/int64(size) + 1
		l := &x.list[int(n)%len(x.list)]
		at := int(pos - (n-1)*int64(size))
		if want := min(at+len(p), size); l.n != n || want > len(l.b) {
			full, err := x.load(l, n, want)
			if err != nil {
				return err
			}
			if !full {
				return x.s.readAt(p, pos) // not in the file yet
			}
		}
		k := copy(p, l.b[at:])
		p, pos = p[k:], pos+int64(k)
	}
	return nil
}

// load reads block n, if want bytes of it are in the file.
func (x *blocks) load(l *block, n int64, want int) (bool, error) {
	block := int64(x.s.block)
	start := (n - 1) * block
	size := min(x.s.stored()-start, block)
	if size < int64(want) {
		return false, nil
	}
	if l.b == nil {
		l.b = make([]byte, 0, block)
	}
	l.n, l.b = n, l.b[:size]
	if err := x.s.readAt(l.b, start); err != nil {
		l.n = 0
		return false, err
	}
	return true, nil
}
