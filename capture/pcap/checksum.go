package pcap

import (
	"encoding/binary"
	"math/bits"
)

// sum16 adds b to an Internet checksum in progress (RFC 1071): words of 16 bits
// in network order, an odd byte at the end padded. It adds eight bytes at a
// time in the machine's byte order and swaps the result once, as section 2 (B)
// of the RFC allows.
func sum16(sum uint32, b []byte) uint32 {
	var acc, carry uint64
	for len(b) >= 32 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[8:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[16:]), carry)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b[24:]), carry)
		b = b[32:]
	}
	for len(b) >= 8 {
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(b), carry)
		b = b[8:]
	}
	if len(b) > 0 {
		var rest [8]byte
		copy(rest[:], b)
		acc, carry = bits.Add64(acc, binary.LittleEndian.Uint64(rest[:]), carry)
	}
	acc, carry = bits.Add64(acc, 0, carry)
	acc += carry
	acc = acc>>32 + acc&0xffffffff
	return sum + uint32(bits.ReverseBytes16(fold16(acc)))
}

// fold16 returns a sum folded to 16 bits by adding its carries.
func fold16(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// checksum returns the value of a header's checksum field.
func checksum(sum uint32) uint16 { return ^fold16(uint64(sum)) }
