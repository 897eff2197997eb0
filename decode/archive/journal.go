package archive

import (
	"encoding/binary"
	"sort"

	"imapscope/capture"
)

// A connection's journal is what happened on it, in order: an entry for each chunk
// and then those for what the decoder made of it. It is written in pages, which
// begin anew whatever an entry's numbers depend on.
type journal struct {
	pages []page
	open  []byte   // the page that is being written
	from  [2]int64 // its page.off
	off   [2]int64 // stream position of each direction's next octet
	last  [2]extent
}

// page is where a part of a journal is.
type page struct {
	pos  int64    // in the spool; -1 if it was not kept
	off  [2]int64 // stream position of each direction where it begins
	size uint32
}

// extent is octets that stand together both in the stream and in the spool.
type extent struct {
	off, pos int64
	n        int64
}

// kind is what an entry tells of.
type kind uint8

const (
	chunkEntry kind = iota + 1
	messageEntry
	txnEntry
	resyncEntry
	upgradeEntry
	noteEntry
	closedEntry
)

// here is where the next entry will be.
func (j *journal) here() place { return place{uint32(len(j.pages)), uint32(len(j.open))} }

// add appends an entry.
func (j *journal) add(k kind, body []byte, s *spool) {
	j.open = append(j.open, byte(k))
	j.open = binary.AppendUvarint(j.open, uint64(len(body)))
	j.open = append(j.open, body...)
	if len(j.open) >= s.page {
		j.seal(s)
	}
}

// seal ends the open page.
func (j *journal) seal(s *spool) {
	if len(j.open) == 0 {
		return
	}
	p := page{pos: -1, off: j.from, size: uint32(len(j.open))}
	if pos, ok := s.known(j.open); ok {
		p.pos = pos
	}
	j.pages = append(j.pages, p)
	j.open, j.from = j.open[:0], j.off
	if cap(j.open) > 4*s.page {
		j.open = nil
	}
}

// chunk appends what came, or was lost, and where it is kept.
func (j *journal) chunk(c *coder, k capture.Chunk, pos int64, kept bool, s *spool) {
	n := int64(len(k.Data))
	start := j.off[k.Dir] + k.Lost
	j.off[k.Dir] = start + n
	c.flags(k.Dir == capture.ServerToClient, kept, k.Lost > 0)
	c.time(k.Time)
	c.uint(uint64(n))
	if k.Lost > 0 {
		c.uint(uint64(k.Lost))
	}
	c.uint(uint64(pos))
	j.add(chunkEntry, c.b, s)

	l := &j.last[k.Dir]
	switch {
	case n == 0:
	case !kept:
		*l = extent{}
	case l.n > 0 && l.off+l.n == start && l.pos+l.n == pos:
		l.n += n
	default:
		*l = extent{off: start, pos: pos, n: n}
	}
}

// together is where n octets of a stream stand in the spool, if they stand there in
// one piece and came last.
func (j *journal) together(dir capture.Direction, off, n int64) (pos int64, ok bool) {
	l := &j.last[dir]
	if n <= 0 || off < l.off || off+n > l.off+l.n {
		return 0, false
	}
	return l.pos + off - l.off, true
}

// pageOf is the page that tells of the octet at a stream position.
func (j *journal) pageOf(dir capture.Direction, off int64) uint32 {
	if off >= j.from[dir] {
		return uint32(len(j.pages))
	}
	i := sort.Search(len(j.pages), func(i int) bool { return j.pages[i].off[dir] > off })
	return uint32(max(i-1, 0))
}

// told is a chunk as the journal has it.
type told struct {
	capture.Chunk // without Data
	n             int64
	pos           int64 // where its octets are, or how long the spool was when it came
	kept          bool
}

// chunk reads a chunk; Off is left to who knows where the page began.
func (d *decoder) chunk() told {
	f := d.byte()
	k := told{kept: f&2 != 0}
	k.Dir = capture.Direction(f & 1)
	k.Time = d.time()
	k.n = int64(d.uint())
	if f&4 != 0 {
		k.Lost = int64(d.uint())
	}
	k.pos = int64(d.uint())
	if k.n < 0 || k.Lost < 0 {
		d.fail()
		return told{}
	}
	return k
}
