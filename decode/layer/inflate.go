package layer

import "errors"

// errInflate is what inflate returns for data that is not DEFLATE, or that goes on after
// its last block.
var errInflate = errors.New("the data is not DEFLATE")

// The sizes of an inflater's memory.
const (
	window     = 32 << 10  // the greatest distance of a match
	slideAt    = 64 << 10  // compact moves the window to the front beyond so much
	keepAtMost = 128 << 10 // a larger buffer is given up
	firstBuf   = 4 << 10
	maxMatch   = 258
)

// An inflater decodes one DEFLATE stream (RFC 1951) from pieces of any size. It returns all
// that the bytes so far expand to: nothing waits for a flush. The zero inflater is at the
// beginning of a stream.
//
// What it has not decoded yet are at most 63 bits, less than a length and its distance; all
// other state is in the struct, so that clone copies it at any byte.
type inflater struct {
	bits  uint64 // of the input, the next one lowest
	nbits uint   // in bits
	in    []byte // the rest of the piece; nil between calls

	// buf is the output: at least the last 32 KiB, as far as there are so many.
	buf   []byte
	state state
	final bool // the block is the last one
	err   error

	stored int // bytes that the stored block still has

	// The header of a block with codes of its own.
	nlit, ndist, nlen int
	read              int // lengths read so far
	prev              uint8
	lens              [litCodes + distCodes]uint8
	lenTable          [lenSize]uint32

	fixed     bool // the block has the fixed codes
	litTable  [litSize]uint32
	distTable [distSize]uint32
}

// state is what the next bits are.
type state uint8

const (
	blockHeader state = iota
	storedLength
	storedBytes
	codesHeader
	codeLengthLengths
	codeSymbols
	blockSymbols
	ended
)

// steps are what is done in each state. They report whether the state was left; otherwise
// the input is used up, or err is set.
var steps = [...]func(*inflater) bool{
	blockHeader: (*inflater).blockHeader, storedLength: (*inflater).storedLength,
	storedBytes: (*inflater).storedBytes, codesHeader: (*inflater).codesHeader,
	codeLengthLengths: (*inflater).codeLengthLengths, codeSymbols: (*inflater).codeSymbols,
	blockSymbols: (*inflater).symbols, ended: (*inflater).afterEnd,
}

// inflate decodes the next bytes of the stream, and returns what they expand to: at most
// 1032 bytes for each. It is valid until compact. After an error every call returns that
// error; what came before the error is returned with it.
func (f *inflater) inflate(p []byte) ([]byte, error) {
	if f.err != nil {
		return nil, f.err
	}
	from := len(f.buf)
	f.in = p
	for steps[f.state](f) {
	}
	f.in = nil
	out := f.buf[from:len(f.buf):len(f.buf)]
	if cap(f.buf) > keepAtMost {
		f.renew()
	}
	return out, f.err
}

// compact makes room in the buffer. What inflate returned before is no longer valid.
func (f *inflater) compact() {
	if len(f.buf) >= slideAt {
		f.buf = f.buf[:copy(f.buf, f.buf[len(f.buf)-window:])]
	}
}

// renew replaces the buffer, and leaves the old one to the slices that are still in use.
func (f *inflater) renew() {
	old := f.buf
	f.buf = append(make([]byte, 0, slideAt), old[max(0, len(old)-window):]...)
}

// clone returns a copy that goes on independently.
func (f *inflater) clone() *inflater {
	c := *f
	c.buf = append([]byte(nil), f.buf[max(0, len(f.buf)-window):]...)
	return &c
}

// room makes room for n bytes of output.
func (f *inflater) room(n int) {
	if need := len(f.buf) + n; need > cap(f.buf) {
		grown := make([]byte, len(f.buf), max(need, 2*cap(f.buf), firstBuf))
		copy(grown, f.buf)
		f.buf = grown
	}
}

// fill takes bytes from the input until there are n bits, at most 56, and reports whether
// there are so many.
func (f *inflater) fill(n uint) bool {
	for f.nbits < n {
		if len(f.in) == 0 {
			return false
		}
		f.bits |= uint64(f.in[0]) << f.nbits
		f.nbits += 8
		f.in = f.in[1:]
	}
	return true
}

// pull removes the next n bits. There must be so many.
func (f *inflater) pull(n uint) int {
	v := f.bits & (1<<n - 1)
	f.bits >>= n
	f.nbits -= n
	return int(v)
}

func (f *inflater) fail() bool {
	f.err = errInflate
	return false
}

// endBlock enters the state that follows a block.
func (f *inflater) endBlock() bool {
	f.state = blockHeader
	if f.final {
		f.state = ended
		f.pull(f.nbits & 7)
	}
	return true
}

// afterEnd rejects what follows the last block.
func (f *inflater) afterEnd() bool {
	if f.nbits > 0 || len(f.in) > 0 {
		return f.fail()
	}
	return false
}

// blockHeader reads what kind the block is (RFC 1951, section 3.2.3).
func (f *inflater) blockHeader() bool {
	if !f.fill(3) {
		return false
	}
	f.final = f.pull(1) == 1
	switch f.pull(2) {
	case 0:
		f.state = storedLength
		f.pull(f.nbits & 7)
	case 1:
		f.state, f.fixed = blockSymbols, true
	case 2:
		f.state, f.fixed = codesHeader, false
	default:
		return f.fail()
	}
	return true
}

// storedLength reads LEN and NLEN (RFC 1951, section 3.2.4).
func (f *inflater) storedLength() bool {
	if !f.fill(32) {
		return false
	}
	n := f.pull(16)
	if n != f.pull(16)^0xffff {
		return f.fail()
	}
	f.state, f.stored = storedBytes, n
	return true
}

func (f *inflater) storedBytes() bool {
	for f.stored > 0 && f.nbits > 0 {
		f.room(1)
		f.buf = append(f.buf, byte(f.pull(8)))
		f.stored--
	}
	n := min(f.stored, len(f.in))
	f.room(n)
	f.buf = append(f.buf, f.in[:n]...)
	f.in = f.in[n:]
	if f.stored -= n; f.stored > 0 {
		return false
	}
	return f.endBlock()
}

// codesHeader reads HLIT, HDIST and HCLEN (RFC 1951, section 3.2.7).
func (f *inflater) codesHeader() bool {
	if !f.fill(14) {
		return false
	}
	f.nlit, f.ndist, f.nlen = f.pull(5)+257, f.pull(5)+1, f.pull(4)+4
	if f.nlit > litCodes || f.ndist > distCodes {
		return f.fail()
	}
	f.state, f.read = codeLengthLengths, 0
	clear(f.lens[:lenCodes])
	return true
}

// codeLengthLengths reads the code of code lengths.
func (f *inflater) codeLengthLengths() bool {
	for ; f.read < f.nlen; f.read++ {
		if !f.fill(3) {
			return false
		}
		f.lens[lenOrder[f.read]] = uint8(f.pull(3))
	}
	if !buildTable(f.lenTable[:], lenRoot, f.lens[:lenCodes], lenEntries[:]) {
		return f.fail()
	}
	f.state, f.read, f.prev = codeSymbols, 0, noLength
	return true
}

const (
	repeatLast = 16   // the symbol that repeats the last code length
	noLength   = 0xff // prev before the first code length
)

// codeSymbols reads the code lengths, and makes the two tables of the block.
func (f *inflater) codeSymbols() bool {
	for total := f.nlit + f.ndist; f.read < total; {
		f.fill(lenRoot + 7) // as far as there are so many
		e := f.lenTable[f.bits&(lenSize-1)]
		code, extra := uint(e&0xff), uint(e>>extraShift&0xf)
		if code > f.nbits {
			return false
		}
		if e&isOther != 0 || e>>valueShift == repeatLast && f.prev == noLength {
			return f.fail()
		}
		if code+extra > f.nbits {
			return false
		}
		f.pull(code)
		length, times := repeats(int(e>>valueShift), f.pull(extra), f.prev)
		if f.read+times > total {
			return f.fail()
		}
		for range times {
			f.lens[f.read] = length
			f.read++
		}
		f.prev = length
	}
	if !buildTable(f.litTable[:], litRoot, f.lens[:f.nlit], litEntries[:]) ||
		!buildTable(f.distTable[:], distRoot, f.lens[f.nlit:f.nlit+f.ndist], distEntries[:]) {
		return f.fail()
	}
	f.state = blockSymbols
	return true
}

// repeats returns the code length that a symbol of the code of code lengths means, and how
// many times it is repeated.
func repeats(sym, extra int, prev uint8) (length uint8, times int) {
	switch sym {
	case repeatLast:
		return prev, 3 + extra
	case 17:
		return 0, 3 + extra
	case 18:
		return 0, 11 + extra
	}
	return uint8(sym), 1
}
