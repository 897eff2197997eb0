package layer

import "math/bits"

// The sizes of the tables that decode one code. A table begins with 1<<root entries, found
// by the next root bits of the stream; codes that are longer continue in subtables behind
// them. The whole sizes are what a complete code of so many symbols and at most 15 bits
// needs at most.
const (
	maxCode    = 15 // bits
	litRoot    = 10
	litSize    = 1334 // of 286 symbols
	distRoot   = 8
	distSize   = 402 // of 30 symbols
	lenRoot    = 7
	lenSize    = 1 << lenRoot // codes of code lengths have at most 7 bits
	endOfBlock = 256
	litCodes   = 286
	distCodes  = 30
	lenCodes   = 19
)

// A table entry: the number of bits of the code in its low byte, the number of extra bits
// that follow the code in the next nibble, what it is, and a value in the upper half: the
// literal, the shortest length or distance, or where the subtable is.
const (
	extraShift = 8
	isLiteral  = 1 << 12
	isOther    = 1 << 13 // one of the following
	isEnd      = 1 << 14
	isSub      = 1 << 15 // the low byte is root, the nibble the number of bits that select an entry
	valueShift = 16
)

// lenOrder is the order in which the lengths of the code of code lengths are sent (RFC
// 1951, section 3.2.7).
var lenOrder = [lenCodes]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// litEntries, distEntries and lenEntries are the entries of all symbols, without the bits.
var (
	litEntries  = literalsAndLengths()
	distEntries = distances()
	lenEntries  = codeLengths()
)

// fixedLit and fixedDist are the tables of blocks with fixed codes (RFC 1951, section 3.2.6).
var fixedLit, fixedDist = fixedTables()

// literalsAndLengths is the table of RFC 1951, section 3.2.5, p. 11. 286 and 287 have codes
// in fixed blocks, and never occur.
func literalsAndLengths() (e [288]uint32) {
	for i := range endOfBlock {
		e[i] = uint32(i)<<valueShift | isLiteral
	}
	e[endOfBlock] = isOther | isEnd
	length := uint32(3)
	for i := range uint32(28) {
		extra := uint32(0)
		if i >= 8 {
			extra = i/4 - 1
		}
		e[257+i] = length<<valueShift | extra<<extraShift
		length += 1 << extra
	}
	e[285] = 258 << valueShift
	e[286], e[287] = isOther, isOther
	return e
}

// distances is the table of RFC 1951, section 3.2.5, p. 11. 30 and 31 have codes in fixed
// blocks, and never occur.
func distances() (e [32]uint32) {
	dist := uint32(1)
	for i := range uint32(distCodes) {
		extra := uint32(0)
		if i >= 4 {
			extra = i/2 - 1
		}
		e[i] = dist<<valueShift | extra<<extraShift
		dist += 1 << extra
	}
	e[30], e[31] = isOther, isOther
	return e
}

// codeLengths is the table of RFC 1951, section 3.2.7: 16 to 18 repeat.
func codeLengths() (e [lenCodes]uint32) {
	for i := range e {
		e[i] = uint32(i) << valueShift
	}
	e[16] |= 2 << extraShift
	e[17] |= 3 << extraShift
	e[18] |= 7 << extraShift
	return e
}

func fixedTables() (lit *[litSize]uint32, dist *[distSize]uint32) {
	lit, dist = new([litSize]uint32), new([distSize]uint32)
	var lens [288]uint8
	for i := range lens {
		switch {
		case i < 144, i >= 280:
			lens[i] = 8
		case i < 256:
			lens[i] = 9
		default:
			lens[i] = 7
		}
	}
	buildTable(lit[:], litRoot, lens[:], litEntries[:])
	for i := range 32 {
		lens[i] = 5
	}
	buildTable(dist[:], distRoot, lens[:32], distEntries[:])
	return lit, dist
}

// buildTable makes the table of the code whose symbols have the lengths lens (RFC 1951,
// section 3.2.2). It reports whether there is such a code: it must be complete, or have one
// symbol of one bit, or none.
func buildTable(table []uint32, root uint, lens []uint8, entries []uint32) bool {
	var count, next [maxCode + 1]int
	for _, n := range lens {
		count[n]++
	}
	longest := maxCode
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	left := 1
	for n := 1; n <= maxCode; n++ {
		if left = left<<1 - count[n]; left < 0 {
			return false
		}
	}
	if left > 0 {
		if longest > 1 {
			return false
		}
		// A code that never occurs is met after as many bits as there are codes.
		for i := range table[:1<<root] {
			table[i] = isOther | uint32(longest)
		}
	}
	for n := 1; n < maxCode; n++ {
		next[n+1] = next[n] + count[n]
	}
	var sorted [288]uint16
	for sym, n := range lens {
		if n > 0 {
			sorted[next[n]] = uint16(sym)
			next[n]++
		}
	}
	fillTable(table, root, lens, entries, sorted[:next[longest]], count[:longest+1])
	return true
}

// fillTable writes the entries of the symbols, which are sorted by code. Codes arrive with
// their first bit lowest, so they are counted upwards from the other end.
func fillTable(table []uint32, root uint, lens []uint8, entries []uint32, sorted []uint16, left []int) {
	code, used := uint(0), uint(1)<<root
	low, sub, subBits := ^uint(0), uint(0), uint(0)
	for _, sym := range sorted {
		n := uint(lens[sym])
		e := entries[sym] | uint32(n)
		if n <= root {
			for j := code; j < 1<<root; j += 1 << n {
				table[j] = e
			}
		} else {
			if code&(1<<root-1) != low {
				low, sub = code&(1<<root-1), used
				subBits = subtableBits(n, root, left)
				used += 1 << subBits
				table[low] = uint32(sub)<<valueShift | isOther | isSub | uint32(subBits)<<extraShift | uint32(root)
			}
			for j := code >> root; j < 1<<subBits; j += 1 << (n - root) {
				table[sub+j] = e
			}
		}
		left[n]--
		ones := uint(bits.LeadingZeros16(^uint16(code << (16 - n)))) // that carry over
		code &= 1<<(n-ones) - 1
		if ones < n {
			code |= 1 << (n - ones - 1)
		}
	}
}

// subtableBits returns how many bits after root select among the codes that share their
// first root bits, the next of which has n bits. left counts the codes still to come by
// length.
func subtableBits(n, root uint, left []int) uint {
	b := n - root
	free := 1 << b
	for b+root < uint(len(left)-1) {
		if free -= left[b+root]; free <= 0 {
			break
		}
		b++
		free <<= 1
	}
	return b
}
