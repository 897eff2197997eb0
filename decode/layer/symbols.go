package layer

import "encoding/binary"

// symbols decodes the literals and matches of a block.
func (f *inflater) symbols() bool {
	lit, dist := &f.litTable, &f.distTable
	if f.fixed {
		lit, dist = fixedLit, fixedDist
	}
	for {
		switch f.fast(lit, dist) {
		case fastEnd:
			return f.endBlock()
		case fastFail:
			return f.fail()
		}
		if !f.slow(lit, dist) {
			return false
		}
		if f.state != blockSymbols {
			return true
		}
	}
}

// slow decodes one literal, match or end of block, if all of its bits are there. It reports
// whether they were.
func (f *inflater) slow(lit *[litSize]uint32, dist *[distSize]uint32) bool {
	f.fill(56) // as far as there are so many
	bits, nbits := f.bits, f.nbits
	e := lookUp(lit[:], litRoot, bits)
	length, used, ok := value(e, bits, nbits)
	if !ok {
		return false
	}
	switch {
	case e&isEnd != 0:
		f.pull(used)
		return f.endBlock()
	case e&isOther != 0:
		return f.fail()
	case e&isLiteral != 0:
		f.pull(used)
		f.room(1)
		f.buf = append(f.buf, byte(length))
		return true
	}
	bits >>= used
	e = lookUp(dist[:], distRoot, bits)
	d, more, ok := value(e, bits, nbits-used)
	if !ok {
		return false
	}
	if e&isOther != 0 || d > len(f.buf) {
		return f.fail()
	}
	f.pull(used + more)
	f.room(length)
	from, end := len(f.buf)-d, len(f.buf)+length
	for len(f.buf) < end {
		f.buf = append(f.buf, f.buf[from:min(len(f.buf), from+end-len(f.buf))]...)
	}
	return true
}

// lookUp returns the entry of the code that bits begin with.
func lookUp(table []uint32, root uint, bits uint64) uint32 {
	e := table[bits&(1<<root-1)]
	if e&isSub != 0 {
		e = table[e>>valueShift+uint32(bits>>root)&(1<<(e>>extraShift&0xf)-1)]
	}
	return e
}

// value returns the value of an entry, extra bits included, and how many bits that are. It
// reports whether so many are there.
func value(e uint32, bits uint64, nbits uint) (v int, used uint, ok bool) {
	code, extra := uint(e&0xff), uint(e>>extraShift&0xf)
	if code+extra > nbits {
		return 0, 0, false
	}
	return int(e>>valueShift) + int(bits>>code&(1<<extra-1)), code + extra, true
}

// What ended fast.
type fastResult uint8

const (
	fastMore fastResult = iota // input or room is short
	fastEnd                    // the block ends
	fastFail
)

// fast decodes while there are 8 bytes of input, enough for a length and its distance, and
// room for the longest match.
func (f *inflater) fast(lit *[litSize]uint32, dist *[distSize]uint32) (result fastResult) {
	if len(f.in) < 8 {
		return fastMore
	}
	f.room(4 * maxMatch)
	in, bits, nbits := f.in, f.bits, f.nbits
	out, w := f.buf[:cap(f.buf)], len(f.buf)
loop:
	for len(in) >= 8 && len(out)-w >= maxMatch+2 {
		// The bits beyond nbits, of a byte that is not counted, are the same again next time.
		bits |= binary.LittleEndian.Uint64(in) << (nbits & 63)
		in = in[(63-nbits)>>3:]
		nbits |= 56
		e := lit[bits&(1<<litRoot-1)]
		if e&isLiteral != 0 {
			bits, nbits = skip(bits, nbits, e)
			out[w] = byte(e >> valueShift)
			w++
			if e = lit[bits&(1<<litRoot-1)]; e&isLiteral != 0 {
				bits, nbits = skip(bits, nbits, e)
				out[w] = byte(e >> valueShift)
				w++
				e = lit[bits&(1<<litRoot-1)]
			}
			if nbits < 48 { // a length and its distance have up to 48 bits
				continue
			}
		}
		if e&isSub != 0 {
			e = lit[beneath(e, bits>>litRoot)%litSize]
		}
		bits, nbits = skip(bits, nbits, e)
		if e&(isLiteral|isOther) != 0 {
			if e&isLiteral != 0 {
				out[w] = byte(e >> valueShift)
				w++
				continue
			}
			result = ending(e)
			break loop
		}
		length, extra := sum(e, bits)
		bits, nbits = skip(bits, nbits, extra)
		e = dist[bits&(1<<distRoot-1)]
		if e&isSub != 0 {
			e = dist[beneath(e, bits>>distRoot)%distSize]
		}
		bits, nbits = skip(bits, nbits, e)
		d, extra := sum(e, bits)
		bits, nbits = skip(bits, nbits, extra)
		from, end := w-d, w+length
		if e&isOther != 0 || from < 0 {
			result = fastFail
			break loop
		}
		w = again(out[:end], from, w)
	}
	f.in, f.bits, f.nbits, f.buf = in, bits&(1<<nbits-1), nbits, out[:w]
	return result
}

// skip drops the bits that an entry's code, or as many extra bits as it says, took.
func skip(bits uint64, nbits uint, e uint32) (uint64, uint) {
	return bits >> (e & 0x3f), nbits - uint(e&0xff)
}

// sum returns an entry's value with the extra bits that come next, and how many those are.
func sum(e uint32, bits uint64) (value int, extra uint32) {
	extra = e >> extraShift & 0xf
	return int(e>>valueShift) + int(bits&(1<<extra-1)), extra
}

// beneath returns where the entry of a code that is longer than the root table's is, from the bits
// after those of the root.
func beneath(e uint32, bits uint64) uint {
	return uint(e>>valueShift) + uint(bits)&(1<<(e>>extraShift&0xf)-1)
}

// ending returns what an entry that is neither a literal nor a length means.
func ending(e uint32) fastResult {
	if e&isEnd != 0 {
		return fastEnd
	}
	return fastFail
}

// again fills out from w on with what is in it from a lower place on, and returns its length: what
// is longer than the distance between the two repeats itself.
func again(out []byte, from, w int) int {
	for w < len(out) {
		w += copy(out[w:], out[from:w])
	}
	return w
}
