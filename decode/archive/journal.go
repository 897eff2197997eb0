package archive

import (
	"encoding/binary"
	"math"
	"sort"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// A connection's journal is what happened on it, in order: an entry for each of the
// decoder's events. It is written in pages, each of which
// resets the values that an entry's numbers are relative to.
type journal struct {
	pages []page
	*tail // nil once the connection has ended: all of the journal is in pages
}

// tail is what only a journal that grows needs.
type tail struct {
	open []byte  // the page that is being written
	from offsets // its page.off
	off  offsets // of each stream's next byte
	last [streams]extent
}

// page is where a part of a journal is.
type page struct {
	pos  int64 // in the spool; -1 if it was not kept
	off  offsets
	size uint32
}

// stream is one direction of the text of IMAP, or of what a layer carries it in.
type stream uint8

// streams is how many there are.
const streams = 2 * (stream(decode.Compression) + 1)

// offsets has a position in each stream.
type offsets [streams]int64

func streamOf(of decode.UpgradeTo, dir capture.Direction) stream {
	return 2*stream(of) + stream(dir)
}

func (s stream) dir() capture.Direction { return capture.Direction(s & 1) }
func (s stream) of() decode.UpgradeTo   { return decode.UpgradeTo(s / 2) }

// extent is a run of bytes that is contiguous both in the stream and in the spool.
type extent struct {
	off, pos int64
	n        int64
}

// kind is the kind of an entry.
type kind uint8

const (
	streamEntry kind = iota + 1
	messageEntry
	txnEntry
	resyncEntry
	upgradeEntry
	noteEntry
	againEntry
	halfEntry
	closedEntry
	securedEntry
	recordEntry
	darkEntry
)

// here returns where the next entry will be.
func (j *journal) here() place {
	p := place{page: uint32(len(j.pages))}
	if j.tail != nil {
		p.off = uint32(len(j.open))
	}
	return p
}

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

// stream appends bytes of a stream, or that they are lost, and where they are kept.
func (j *journal) stream(c *coder, e *decode.Bytes, at moment, kept bool, s *spool) {
	n, of := int64(len(e.Data)), streamOf(e.Of, e.Dir)
	start := j.off[of] + e.Lost
	j.off[of] = start + n
	c.flags(e.Dir == capture.ServerToClient, kept, e.Lost > 0, e.Of == decode.TLS, e.Of == decode.Compression)
	c.time(e.Time)
	c.uint(uint64(n + e.Lost))
	if kept {
		c.uint(uint64(at.pos))
	} else {
		c.moment(at)
	}
	j.add(streamEntry, c.b, s)

	l := &j.last[of]
	switch {
	case n == 0:
	case !kept:
		*l = extent{}
	case l.n > 0 && l.off+l.n == start && l.pos+l.n == at.pos:
		l.n += n
	default:
		*l = extent{off: start, pos: at.pos, n: n}
	}
}

// together returns where n bytes of a stream are in the spool, if they are contiguous
// there and arrived last.
func (j *journal) together(dir capture.Direction, off, n int64) (pos int64, ok bool) {
	l := &j.last[dir]
	if n <= 0 || off < l.off || off+n > l.off+l.n {
		return 0, false
	}
	return l.pos + off - l.off, true
}

// pageOf returns the page with the byte at a stream position.
func (j *journal) pageOf(of stream, off int64) uint32 {
	if j.tail != nil && off >= j.from[of] {
		return uint32(len(j.pages))
	}
	i := sort.Search(len(j.pages), func(i int) bool { return j.pages[i].off[of] > off })
	return uint32(max(i-1, 0))
}

// stretch is a run of a stream as the journal has it: bytes, or a loss.
type stretch struct {
	of   stream
	time time.Time
	off  int64 // its stream position
	n    int64 // bytes
	lost int64 // lost bytes
	pos  int64 // where its bytes are in the spool, if they were kept
	kept bool
	came moment
}

// stream reads a stretch; the caller sets off, which depends on the page.
func (d *decoder) stream() stretch {
	f := d.byte()
	k := stretch{kept: f&2 != 0, of: stream(f&1 | f>>3<<1)}
	if k.of >= streams {
		d.fail()
		return stretch{}
	}
	k.time = d.time()
	n := int64(d.uint())
	if f&4 != 0 {
		k.lost = n
	} else {
		k.n = n
	}
	if k.kept {
		k.came = moment{int64(d.uint()), math.MaxUint64}
	} else {
		k.came = d.moment()
	}
	k.pos = k.came.pos
	if n < 0 {
		d.fail()
		return stretch{}
	}
	return k
}
