package pcap

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/gopacket/gopacket/layers"

	"imapscope/capture"
)

const (
	// linkRecorded is the link type of a recording: packets begin with the IP header,
	// of either version, so no Ethernet addresses have to be invented.
	linkRecorded = layers.LinkTypeRaw

	// maxSegment is the largest payload of a recorded segment, in bytes.
	maxSegment = 16 << 10

	ipv4Header = 20
	ipv6Header = 40
	tcpHeader  = 20
	epbHeader  = 28 // of an enhanced packet block, before the frame

	recordedName = "imapscope" // of the interface in a recording

	recordedWindow = 65535 // 1 GiB with synOptions: no chunk fills it
)

const flagPSH = 1 << 3

// synOptions of both sides: the largest segment is what a recording uses, and
// the window counts in units of 2^14 bytes (RFC 7323, section 2).
var synOptions = [8]byte{2, 4, maxSegment >> 8, maxSegment & 255, 1, 3, 3, 14}

// path holds a connection's addresses in the form used in its packets.
type path struct {
	v6   bool
	addr [2][16]byte // by sender; the first four bytes for IPv4
	port [2]uint16
	mark bool   // packets say which side sent them, because the ports do not
	sum  uint32 // of both addresses: the same for both directions
}

// newPath returns an IPv4 path if both ends are IPv4; otherwise an IPv4 address is
// written as IPv6 (RFC 4291, section 2.5.5.2). A missing address becomes the
// unspecified one.
func newPath(client, server netip.AddrPort) path {
	p := path{port: [2]uint16{client.Port(), server.Port()}}
	ends := [2]netip.Addr{client.Addr().Unmap(), server.Addr().Unmap()}
	for _, a := range ends {
		p.v6 = p.v6 || a.Is6()
	}
	for i, a := range ends {
		switch {
		case !a.IsValid():
		case p.v6:
			p.addr[i] = a.As16()
		default:
			b := a.As4()
			copy(p.addr[i][:], b[:])
		}
		p.sum = sum16(p.sum, p.address(i))
	}
	if p.addr[0] == p.addr[1] && p.port[0] == p.port[1] {
		p.port[0]++ // otherwise the sides could not be distinguished
	}
	p.mark = !imapPort(p.port[1]) || imapPort(p.port[0])
	return p
}

func (p *path) address(i int) []byte {
	if p.v6 {
		return p.addr[i][:]
	}
	return p.addr[i][:4]
}

// tcpPacket is one packet to write.
type tcpPacket struct {
	from     capture.Direction
	seq, ack uint32
	flags    uint8
	data     []byte
	cut      int // bytes of its data that are not in the file
	comments []string
}

// appendPacket adds an enhanced packet block: p between the ends of path, at stamp
// nanoseconds since 1970.
func appendPacket(b []byte, path *path, p *tcpPacket, stamp uint64) []byte {
	block := len(b)
	b = append(b, make([]byte, epbHeader)...)
	b = appendFrame(b, path, p)
	frame := len(b) - block - epbHeader
	b = pad4(b)
	if path.mark || len(p.comments) > 0 {
		if path.mark {
			b = appendOption(b, optFlags, string([]byte{byte(SenderClient) + byte(p.from), 0, 0, 0}))
		}
		for _, c := range p.comments {
			b = appendOption(b, optComment, c)
		}
		b = append(b, 0, 0, 0, 0) // the end of the options
	}
	le := binary.LittleEndian
	total := uint32(len(b) - block + 4)
	h := b[block:]
	le.PutUint32(h, blockEnhanced)
	le.PutUint32(h[4:], total)
	le.PutUint32(h[8:], 0) // the only interface
	le.PutUint32(h[12:], uint32(stamp>>32))
	le.PutUint32(h[16:], uint32(stamp))
	le.PutUint32(h[20:], uint32(frame))
	le.PutUint32(h[24:], uint32(frame+p.cut))
	return le.AppendUint32(b, total)
}

// appendFrame adds the IP packet.
func appendFrame(b []byte, path *path, p *tcpPacket) []byte {
	be := binary.BigEndian
	var opts []byte
	if p.flags&flagSYN != 0 {
		opts = synOptions[:]
	}
	size := tcpHeader + len(opts) + len(p.data) + p.cut
	from, to := int(p.from), int(p.from.Reverse())
	if path.v6 {
		b = append(b, 0x60, 0, 0, 0, byte(size>>8), byte(size), protoTCP, 64)
		b = append(b, path.addr[from][:]...)
		b = append(b, path.addr[to][:]...)
	} else {
		ip := len(b)
		total := ipv4Header + size
		// "Don't fragment" is set, so there is no identification (RFC 6864).
		b = append(b, 0x45, 0, byte(total>>8), byte(total), 0, 0, 0x40, 0, 64, protoTCP, 0, 0)
		b = append(b, path.addr[from][:4]...)
		b = append(b, path.addr[to][:4]...)
		be.PutUint16(b[ip+10:], checksum(sum16(0, b[ip:])))
	}
	at := len(b)
	b = be.AppendUint16(b, path.port[from])
	b = be.AppendUint16(b, path.port[to])
	b = be.AppendUint32(b, p.seq)
	b = be.AppendUint32(b, p.ack)
	b = append(b, byte(tcpHeader+len(opts))<<2, p.flags)
	b = be.AppendUint16(b, recordedWindow)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	b = append(b, opts...)
	b = append(b, p.data...)
	sum := path.sum + protoTCP + uint32(size)
	be.PutUint16(b[at+16:], checksum(sum16(sum, b[at:])))
	return b
}

// appendHeader adds the beginning of a file: a section and its one interface.
func appendHeader(b []byte, application, comment string) []byte {
	le := binary.LittleEndian
	section := len(b)
	b = le.AppendUint32(b, blockSection)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(b, ngMajor)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, ^uint64(0)) // section length unknown
	if comment != "" {
		b = appendOption(b, optComment, comment)
	}
	b = appendOption(b, optApplication, application)
	b = endBlock(b, section)

	iface := len(b)
	b = le.AppendUint32(b, blockInterface)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint16(b, uint16(linkRecorded))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, 0) // no limit on a packet's length
	b = appendOption(b, optName, recordedName)
	b = appendOption(b, optTSResol, "\x09") // nanoseconds
	return endBlock(b, iface)
}

// optApplication is shb_userappl.
const optApplication = 4

// endBlock closes the options of the block at from, and fills in its length.
func endBlock(b []byte, from int) []byte {
	b = append(b, 0, 0, 0, 0)
	total := uint32(len(b) - from + 4)
	binary.LittleEndian.PutUint32(b[from+4:], total)
	return binary.LittleEndian.AppendUint32(b, total)
}

func appendOption(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad4(append(b, value...))
}

// pad4 pads b to a multiple of four bytes.
func pad4(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// stampOf returns a time in nanoseconds since 1970. A time that pcapng cannot represent
// becomes the nearest one that it can.
func stampOf(t time.Time) uint64 {
	const maxSeconds = (1<<64 - 1) / 1_000_000_000
	sec := t.Unix()
	switch {
	case sec < 0:
		return 0
	case sec >= maxSeconds:
		return ^uint64(0)
	}
	return uint64(sec)*1_000_000_000 + uint64(t.Nanosecond())
}
