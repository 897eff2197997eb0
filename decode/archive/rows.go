package archive

import (
	"encoding/binary"
	"iter"
)

// rowsPart is how many rows are packed together, and how many are copied while the lock is held:
// at most the bits of a uint64.
const rowsPart = 64

// rows is a list of rows. Once all of a part have ended, its rows no longer change and are packed,
// to about a third of their size.
type rows struct {
	parts []rowPart
	n     int
	spare *[rowsPart]row // to be used again
}

// rowPart is rowsPart rows, fewer in the last part.
type rowPart struct {
	loose  *[rowsPart]row // nil once they are packed
	packed []byte
	ended  int // how many have
}

// add appends a row, and returns its number.
func (r *rows) add(x row) uint32 {
	if r.n%rowsPart == 0 {
		p := rowPart{loose: r.spare}
		if r.spare = nil; p.loose == nil {
			p.loose = new([rowsPart]row)
		}
		r.parts = append(r.parts, p)
	}
	r.n++
	*r.at(r.n - 1) = x
	return uint32(r.n - 1)
}

// at returns the ith row to be changed: it has not ended.
func (r *rows) at(i int) *row { return &r.parts[i/rowsPart].loose[i%rowsPart] }

// end records that the ith row no longer changes.
func (r *rows) end(i int) {
	p := &r.parts[i/rowsPart]
	if p.ended++; p.ended < rowsPart {
		return
	}
	p.packed = pack(p.loose)
	p.loose, r.spare = nil, p.loose
}

// get returns a copy of the ith row.
func (r *rows) get(i int) row {
	for _, x := range r.some(i, i+1) {
		return *x
	}
	return row{}
}

// some yields the rows numbered from up to, but not including, to that there are; at most
// those of the part of the first. They are valid until yield returns.
func (r *rows) some(from, to int) iter.Seq2[int, *row] {
	return func(yield func(int, *row) bool) {
		if from < 0 || from >= r.n {
			return
		}
		first := from - from%rowsPart
		to = min(to, r.n, first+rowsPart)
		p := &r.parts[from/rowsPart]
		if p.loose != nil {
			for i := from; i < to && yield(i, &p.loose[i-first]); i++ {
			}
			return
		}
		u := unpacker{b: p.packed}
		for i := first; i < to; i++ {
			if u.next(); i >= from && !yield(i, &u.row) {
				return
			}
		}
	}
}

// What the first byte of a packed row says besides the status.
const (
	sameNames = 1 << 7 // command, user and mailbox are those of the row before
	whole     = 1 << 6 // nothing was lost, no literals, nothing ambiguous
	ordinary  = 1 << 5 // the outcome is 0
	aStatus   = ordinary - 1
)

// pack packs rows: numbers of variable length, relative to the row before where that makes them
// small.
func pack(list *[rowsPart]row) []byte {
	var room [rowsPart * 32]byte
	b := room[:0]
	var was row
	for i := range list {
		b = list[i].pack(b, &was)
		was = list[i]
	}
	return append([]byte(nil), b...)
}

// pack appends a row that comes after was.
func (r *row) pack(b []byte, was *row) []byte {
	head := r.status & aStatus
	if r.command == was.command && r.user == was.user && r.mailbox == was.mailbox {
		head |= sameNames
	}
	if r.lost == 0 && r.literals == 0 && r.ambiguous == 0 {
		head |= whole
	}
	if r.outcome == 0 {
		head |= ordinary
	}
	b = append(b, head)
	if head&ordinary == 0 {
		b = append(b, r.outcome)
	}
	if head&sameNames == 0 {
		for _, n := range [...]uint16{r.command, r.user, r.mailbox} {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	if head&whole == 0 {
		for _, n := range [...]uint64{uint64(r.lost), uint64(r.literals), uint64(r.ambiguous)} {
			b = binary.AppendUvarint(b, n)
		}
	}
	b = binary.AppendVarint(b, r.time-was.time)
	b = binary.AppendUvarint(b, uint64(r.elapsed))
	b = binary.AppendUvarint(b, uint64(r.bytes[0]))
	b = binary.AppendUvarint(b, uint64(r.bytes[1]))
	b = binary.AppendVarint(b, int64(r.conn)-int64(was.conn))
	b = binary.AppendUvarint(b, uint64(r.n))
	b = binary.AppendUvarint(b, uint64(r.first.page))
	b = binary.AppendUvarint(b, uint64(r.first.off))
	b = binary.AppendVarint(b, int64(r.at.page)-int64(r.first.page))
	return binary.AppendVarint(b, int64(r.at.off)-int64(r.first.off))
}

// unpacker reads what pack wrote, row by row.
type unpacker struct {
	b []byte
	row
}

func (u *unpacker) next() {
	r := &u.row
	head := u.byte()
	r.status, r.outcome = head&aStatus, 0
	if head&ordinary == 0 {
		r.outcome = u.byte()
	}
	if head&sameNames == 0 {
		r.command, r.user, r.mailbox = uint16(u.uint()), uint16(u.uint()), uint16(u.uint())
	}
	r.lost, r.literals, r.ambiguous = 0, 0, 0
	if head&whole == 0 {
		r.lost, r.literals, r.ambiguous = int64(u.uint()), uint32(u.uint()), uint32(u.uint())
	}
	r.time += u.int()
	r.elapsed = int64(u.uint())
	r.bytes[0], r.bytes[1] = int64(u.uint()), int64(u.uint())
	r.conn = uint32(int64(r.conn) + u.int())
	r.n = uint32(u.uint())
	r.first = place{uint32(u.uint()), uint32(u.uint())}
	r.at = place{uint32(int64(r.first.page) + u.int()), uint32(int64(r.first.off) + u.int())}
}

func (u *unpacker) byte() byte {
	c := u.b[0]
	u.b = u.b[1:]
	return c
}

func (u *unpacker) uint() uint64 {
	if c := u.b[0]; c < 0x80 {
		u.b = u.b[1:]
		return uint64(c)
	}
	n, size := binary.Uvarint(u.b)
	u.b = u.b[size:]
	return n
}

func (u *unpacker) int() int64 {
	n := u.uint()
	return int64(n>>1) ^ -int64(n&1)
}
