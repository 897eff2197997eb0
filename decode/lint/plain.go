package lint

import "encoding/binary"

// Constants to look at eight bytes at a time, which are one number.
const (
	ones = 0x0101010101010101 // in every byte
	tops = 0x80 * ones        // its highest bit
)

// zero returns a number that is not 0 if a byte of x is 0.
func zero(x uint64) uint64 { return (x - ones) &^ x & tops }

// plainLen returns how many bytes at the beginning of b, in steps of eight, are printable
// ASCII: none of them is suspect. Most text is, and this is much faster than a byte at a time.
func plainLen(b []byte) int {
	n := 0
	for ; len(b) >= 16; b = b[16:] { // what is odd in either half is found below
		x, y := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		if (x|(x+ones)|(x-0x20*ones)|y|(y+ones)|(y-0x20*ones))&tops != 0 {
			break
		}
		n += 16
	}
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		// The highest bit of a byte is set in x if it is 0x80 or more, in x+ones if it is 0x7f,
		// and in x-0x20*ones if it is below 0x20. What a byte carries or borrows follows only
		// from one that has that bit set itself.
		if (x|(x+ones)|(x-0x20*ones))&tops != 0 {
			break
		}
		n += 8
	}
	return n
}

// isOdd reports whether quoted strings, with whatever is between them, may have an 8-bit byte,
// one of \, % and {, or nothing between their quotes.
func isOdd(b []byte) bool {
	i := 0
	for ; i+9 <= len(b); i += 8 {
		x, next := binary.LittleEndian.Uint64(b[i:]), binary.LittleEndian.Uint64(b[i+1:])
		pair := zero(x^'"'*ones) & zero(next^'"'*ones)
		if x&tops|zero(x^'\\'*ones)|zero(x^'%'*ones)|zero(x^'{'*ones)|pair != 0 {
			return true
		}
	}
	for ; i < len(b); i++ {
		if x := b[i]; x >= 0x80 || x == '\\' || x == '%' || x == '{' || x == '"' && i+1 < len(b) && b[i+1] == '"' {
			return true
		}
	}
	return false
}
