package pcap

import (
	"encoding/binary"
	"net/netip"
)

// segment is one TCP segment. Its payload is part of the frame.
type segment struct {
	src, dst endpoint
	seq, ack uint32
	flags    uint8
	data     []byte
	cut      int    // bytes of its data that were not captured
	sender   Sender // if a recording says so
}

type endpoint struct {
	addr netip.Addr
	port uint16
}

// is reports whether two endpoints are the same. The ports differ more often.
func (e *endpoint) is(o *endpoint) bool { return e.port == o.port && e.addr == o.addr }

func (e endpoint) addrPort() netip.AddrPort { return netip.AddrPortFrom(e.addr, e.port) }

// TCP's flags.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	_
	flagACK
)

const (
	protoTCP      = 6
	protoIPv4     = 4
	protoIPv6     = 41
	protoHopByHop = 0
	protoRouting  = 43
	protoFragment = 44
	protoAH       = 51
	protoDestOpts = 60
)

// maxTunnels bounds IP within IP.
const maxTunnels = 4

// transport finds the TCP segment in an IP packet, and fills s from it. IP headers are read here and
// not by gopacket: a length of 0 (segmentation offload), trailers, truncated packets
// and fragments are common in captures, and each needs a decision of our own. The
// tests compare it with gopacket's.
func (a *Assembler) transport(d []byte, s *segment) Skip {
	for range maxTunnels {
		if len(d) == 0 {
			return Malformed
		}
		var (
			src, dst netip.Addr
			proto    uint8
			cut      int
			skip     Skip
		)
		switch d[0] >> 4 {
		case 4:
			src, dst, proto, d, cut, skip = a.ipv4(d)
		case 6:
			src, dst, proto, d, cut, skip = a.ipv6(d)
		default:
			return NotIP
		}
		switch {
		case skip != NotSkipped:
			return skip
		case proto == protoTCP:
			return s.tcp(src, dst, d, cut)
		case proto != protoIPv4 && proto != protoIPv6:
			return NotTCP
		}
	}
	return Malformed
}

// ipv4 removes the header. The payload ends at the total length, which cuts off
// trailers of the link layer; a length of 0 means the captured end. The last cut
// bytes of the payload were not captured.
func (a *Assembler) ipv4(d []byte) (src, dst netip.Addr, proto uint8, payload []byte, cut int, skip Skip) {
	if len(d) < 20 {
		return src, dst, 0, nil, 0, Malformed
	}
	header := int(d[0]&15) * 4
	total := int(binary.BigEndian.Uint16(d[2:]))
	if total == 0 {
		total = len(d)
	}
	if header < 20 || total < header || len(d) < header {
		return src, dst, 0, nil, 0, Malformed
	}
	src, dst = netip.AddrFrom4([4]byte(d[12:16])), netip.AddrFrom4([4]byte(d[16:20]))
	proto = d[9]
	payload = d[header:min(total, len(d))]
	cut = max(total-len(d), 0)
	frag := binary.BigEndian.Uint16(d[6:])
	if frag&0x3fff != 0 { // more fragments, or an offset
		whole := a.frags.add(fragment{
			key:  fragKey{src: src, dst: dst, id: uint32(binary.BigEndian.Uint16(d[4:])), proto: proto},
			off:  int(frag&0x1fff) * 8,
			more: frag&0x2000 != 0,
			data: payload,
			cut:  cut > 0,
		}, a.clock.run)
		if whole == nil {
			return src, dst, 0, nil, 0, Fragment
		}
		payload = whole
	}
	return src, dst, proto, payload, cut, NotSkipped
}

// ipv6 removes the header and the extension headers.
func (a *Assembler) ipv6(d []byte) (src, dst netip.Addr, proto uint8, payload []byte, cut int, skip Skip) {
	if len(d) < 40 {
		return src, dst, 0, nil, 0, Malformed
	}
	src, dst = netip.AddrFrom16([16]byte(d[8:24])), netip.AddrFrom16([16]byte(d[24:40]))
	length := int(binary.BigEndian.Uint16(d[4:]))
	proto = d[6]
	payload = d[40:]
	cut = max(length-len(payload), 0)
	if length > 0 && cut == 0 { // 0: a jumbogram, or segmentation offload
		payload = payload[:length]
	}
	for {
		size := 0
		switch proto {
		case protoHopByHop, protoRouting, protoDestOpts, protoAH:
			if len(payload) < 2 {
				return src, dst, 0, nil, 0, Malformed
			}
			unit := 8
			if proto == protoAH {
				unit = 4
			}
			size = 8 + int(payload[1])*unit
		case protoFragment:
			if len(payload) < 8 {
				return src, dst, 0, nil, 0, Malformed
			}
			proto = payload[0]
			off := binary.BigEndian.Uint16(payload[2:])
			id := binary.BigEndian.Uint32(payload[4:])
			payload = payload[8:]
			if off&^7 == 0 && off&1 == 0 {
				continue // an atomic fragment
			}
			payload = a.frags.add(fragment{
				key:  fragKey{src: src, dst: dst, id: id, proto: proto},
				off:  int(off &^ 7),
				more: off&1 != 0,
				data: payload,
				cut:  cut > 0,
			}, a.clock.run)
			if payload == nil {
				return src, dst, 0, nil, 0, Fragment
			}
			continue
		default:
			return src, dst, proto, payload, cut, NotSkipped
		}
		if size > len(payload) {
			return src, dst, 0, nil, 0, Malformed
		}
		// In transit, a packet with a source route is addressed to the next
		// stop; its destination is the last one (RFC 2460, section 4.4).
		if proto == protoRouting && payload[2] == 0 && payload[3] > 0 && size >= 24 {
			dst = netip.AddrFrom16([16]byte(payload[size-16 : size]))
		}
		proto, payload = payload[0], payload[size:]
	}
}

// tcp fills s from a TCP header and what follows it. Options are irrelevant to the stream, and
// checksums are never verified, because a capture made on the sending host often has wrong ones.
// The last cut bytes of the segment were not captured.
func (s *segment) tcp(src, dst netip.Addr, d []byte, cut int) Skip {
	if len(d) < 20 {
		return Malformed
	}
	header := int(d[12]>>4) * 4
	if header < 20 || header > len(d)+cut {
		return Malformed
	}
	s.src = endpoint{src, binary.BigEndian.Uint16(d)}
	s.dst = endpoint{dst, binary.BigEndian.Uint16(d[2:])}
	s.seq = binary.BigEndian.Uint32(d[4:])
	s.ack = binary.BigEndian.Uint32(d[8:])
	s.flags = d[13] & (flagFIN | flagSYN | flagRST | flagACK)
	s.data = d[min(header, len(d)):]
	s.cut = min(cut, len(d)+cut-header)
	return NotSkipped
}
