package traffic

import (
	"bufio"
	"encoding/binary"
	"math/bits"
	"time"
)

const (
	fileHeader   = 24
	recordHeader = 16
	headers      = 14 + 20 + 20 // Ethernet, IPv4, TCP without options
)

// TCP flags.
const (
	fin = 0x01
	syn = 0x02
	rst = 0x04
	psh = 0x08
	ack = 0x10
)

// pcapWriter writes packets into a pcap file. It keeps its first error.
type pcapWriter struct {
	w       *bufio.Writer
	bytes   int64
	packets int64
	err     error
	head    [recordHeader + headers + 4]byte
}

func newPcapWriter(w *bufio.Writer) *pcapWriter {
	p := &pcapWriter{w: w}
	h := make([]byte, 0, fileHeader)
	h = binary.LittleEndian.AppendUint32(h, 0xa1b23c4d) // nanoseconds
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 4)
	h = binary.LittleEndian.AppendUint64(h, 0)
	h = binary.LittleEndian.AppendUint32(h, 1<<18)
	h = binary.LittleEndian.AppendUint32(h, 1) // Ethernet
	p.write(h)
	return p
}

func (p *pcapWriter) write(b []byte) {
	if p.err != nil {
		return
	}
	_, p.err = p.w.Write(b)
	p.bytes += int64(len(b))
}

func (p *pcapWriter) flush() error {
	if p.err != nil {
		return p.err
	}
	return p.w.Flush()
}

// An endpoint is one end of a connection: its address, and its next numbers.
type endpoint struct {
	mac  [6]byte
	ip   [4]byte
	port uint16
	seq  uint32 // of the next byte
	id   uint16 // of the next IP packet
}

// A segment is one TCP segment.
type segment struct {
	from, to *endpoint
	seq, ack uint32
	flags    byte
	mss      uint16 // an option, if not 0
	data     []byte
}

// packet writes one segment in its IPv4 packet and Ethernet frame, both
// checksums right.
func (p *pcapWriter) packet(t time.Time, s segment) {
	options := 0
	if s.mss != 0 {
		options = 4
	}
	size := headers + options + len(s.data)

	r := p.head[:recordHeader]
	binary.LittleEndian.PutUint32(r[0:], uint32(t.Unix()))
	binary.LittleEndian.PutUint32(r[4:], uint32(t.Nanosecond()))
	binary.LittleEndian.PutUint32(r[8:], uint32(size))
	binary.LittleEndian.PutUint32(r[12:], uint32(size))

	e := p.head[recordHeader:]
	copy(e[0:], s.to.mac[:])
	copy(e[6:], s.from.mac[:])
	binary.BigEndian.PutUint16(e[12:], 0x0800)

	ip := e[14:34]
	ip[0], ip[1] = 0x45, 0
	binary.BigEndian.PutUint16(ip[2:], uint16(size-14))
	binary.BigEndian.PutUint16(ip[4:], s.from.id)
	binary.BigEndian.PutUint16(ip[6:], 0x4000) // don't fragment
	ip[8], ip[9] = 64, 6
	binary.BigEndian.PutUint16(ip[10:], 0)
	copy(ip[12:], s.from.ip[:])
	copy(ip[16:], s.to.ip[:])
	binary.BigEndian.PutUint16(ip[10:], ^fold(sum(0, ip)))
	s.from.id++

	tcp := e[34 : 54+options]
	binary.BigEndian.PutUint16(tcp[0:], s.from.port)
	binary.BigEndian.PutUint16(tcp[2:], s.to.port)
	binary.BigEndian.PutUint32(tcp[4:], s.seq)
	binary.BigEndian.PutUint32(tcp[8:], s.ack)
	tcp[12] = byte(20+options) / 4 << 4
	tcp[13] = s.flags
	binary.BigEndian.PutUint16(tcp[14:], 65535)
	binary.BigEndian.PutUint32(tcp[16:], 0) // checksum, urgent pointer
	if options != 0 {
		tcp[20], tcp[21] = 2, 4
		binary.BigEndian.PutUint16(tcp[22:], s.mss)
	}
	// The pseudo header: both addresses, the protocol, the length.
	c := sum(0, ip[12:20]) + 6 + uint64(len(tcp)+len(s.data))
	binary.BigEndian.PutUint16(tcp[16:], ^fold(sum(sum(c, tcp), s.data)))

	p.write(p.head[:recordHeader+headers+options])
	p.write(s.data)
	p.packets++
}

// sum adds b to an Internet checksum (RFC 1071), eight bytes at a time. Only
// the last b of several may be of odd length.
func sum(c uint64, b []byte) uint64 {
	var carry uint64
	for ; len(b) >= 8; b = b[8:] {
		c, carry = bits.Add64(c, binary.BigEndian.Uint64(b), carry)
	}
	var rest [8]byte
	copy(rest[:], b)
	c, carry = bits.Add64(c, binary.BigEndian.Uint64(rest[:]), carry)
	c, carry = bits.Add64(c, 0, carry)
	return c + carry
}

// fold reduces a sum to sixteen bits.
func fold(c uint64) uint16 {
	for c > 0xffff {
		c = c>>16 + c&0xffff
	}
	return uint16(c)
}
