package pcap

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"
)

// Skip is the reason why a frame, or part of one, did not become part of a connection.
type Skip uint8

// The reasons, in the order in which they are found.
const (
	NotSkipped  Skip = iota
	UnknownLink      // a link type that is not read
	NotIP            // ARP, LLDP and so on
	NotTCP           // UDP, ICMP and so on
	Malformed        // headers that are truncated or contradictory
	Fragment         // held until its packet is complete, or given up
	skips
)

// ether types and PPP protocols that lead to IP.
const (
	typeIPv4      = 0x0800
	typeIPv6      = 0x86dd
	typeVLAN      = 0x8100
	typeQinQ      = 0x88a8
	typeQinQ2     = 0x9100
	typeMPLS      = 0x8847
	typeMPLSMulti = 0x8848
	typePPPoE     = 0x8864
	pppIPv4       = 0x0021
	pppIPv6       = 0x0057

	maxLength = 1500                       // an ether type up to here is a length (IEEE 802.3),
	snap      = "\xaa\xaa\x03\x00\x00\x00" // and this leads to the type (RFC 1042)
)

// Link types that gopacket's layers package has no name for
// (https://www.tcpdump.org/linktypes.html).
const (
	linkRawBSD   layers.LinkType = 14
	linkLinuxSLL layers.LinkType = 113
	linkSLL2     layers.LinkType = 276
	linkIPv4     layers.LinkType = 228
	linkIPv6     layers.LinkType = 229
	linkNFLOG    layers.LinkType = 239
	linkRawDLT   layers.LinkType = 12
)

// network finds the IP packet in a frame. Link headers are a few bytes at fixed
// places, and a frame may be truncated anywhere in them, so they are read here
// without building a layer for each.
func network(link layers.LinkType, d []byte) ([]byte, Skip) {
	switch link {
	case layers.LinkTypeEthernet:
		return etherType(d, 12)
	case linkLinuxSLL:
		return etherType(d, 14)
	case linkSLL2:
		if len(d) < 20 {
			return nil, Malformed
		}
		return protocol(binary.BigEndian.Uint16(d), d[20:])
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return family(d)
	case layers.LinkTypeRaw, linkRawDLT, linkRawBSD, linkIPv4, linkIPv6:
		return d, NotSkipped
	case linkNFLOG:
		return nflog(d)
	}
	return nil, UnknownLink
}

// etherType reads the type at offset at and handles what follows it.
func etherType(d []byte, at int) ([]byte, Skip) {
	if len(d) < at+2 {
		return nil, Malformed
	}
	return protocol(binary.BigEndian.Uint16(d[at:]), d[at+2:])
}

// protocol follows tags and tunnels of the link layer to IP.
func protocol(t uint16, d []byte) ([]byte, Skip) {
	switch t {
	case typeIPv4, typeIPv6:
		return d, NotSkipped
	case typeVLAN, typeQinQ, typeQinQ2:
		return etherType(d, 2)
	case typeMPLS, typeMPLSMulti:
		for len(d) >= 4 {
			bottom := d[2]&1 != 0
			d = d[4:]
			if bottom {
				return d, NotSkipped // the IP header has its own version
			}
		}
		return nil, Malformed
	case typePPPoE:
		if len(d) < 8 {
			return nil, Malformed
		}
		switch binary.BigEndian.Uint16(d[6:]) {
		case pppIPv4, pppIPv6:
			return withoutPadding(d, 8), NotSkipped
		}
		if d[6] == pppIPv4 || d[6] == pppIPv6 { // compressed to one byte, though RFC 2516 says not to
			return withoutPadding(d, 7), NotSkipped
		}
	}
	if t <= maxLength && len(d) >= len(snap)+2 && string(d[:len(snap)]) == snap {
		return etherType(d, len(snap))
	}
	return nil, NotIP
}

// withoutPadding returns the IP packet at ip in a PPPoE frame. PPPoE's length counts from
// the PPP protocol on (RFC 2516, section 4); the rest is padding. It is needed where IP's
// length is 0, as segmentation offload leaves it. Otherwise IP's length decides: offload
// may have left PPPoE's as it was for the first segment.
func withoutPadding(d []byte, ip int) []byte {
	end := 6 + int(binary.BigEndian.Uint16(d[4:]))
	packet := d[ip:]
	if end < ip || end >= len(d) || len(packet) < 6 {
		return packet
	}
	at := 2 // IPv4's total length
	if packet[0]>>4 == 6 {
		at = 4
	}
	if binary.BigEndian.Uint16(packet[at:]) == 0 {
		return d[ip:end]
	}
	return packet
}

// family reads the address family of NULL and LOOP, in whatever byte order the
// capturing machine had.
func family(d []byte) ([]byte, Skip) {
	if len(d) < 4 {
		return nil, Malformed
	}
	f := binary.LittleEndian.Uint32(d)
	if f > 0xffff {
		f = binary.BigEndian.Uint32(d)
	}
	switch f {
	case 2, 10, 24, 28, 30: // AF_INET; AF_INET6 of Linux, NetBSD, FreeBSD, Darwin
		return d[4:], NotSkipped
	}
	return nil, NotIP
}

// nflog finds the payload among the attributes of a netfilter log record, which
// are in the byte order of the capturing machine.
func nflog(d []byte) ([]byte, Skip) {
	const payload, kinds = 9, 0xff
	if len(d) < 4 {
		return nil, Malformed
	}
	d = d[4:]
	for len(d) >= 4 {
		size, kind := int(binary.LittleEndian.Uint16(d)), binary.LittleEndian.Uint16(d[2:])
		if kind > kinds {
			size, kind = int(binary.BigEndian.Uint16(d)), binary.BigEndian.Uint16(d[2:])
		}
		if size < 4 {
			break
		}
		if kind == payload {
			return d[4:min(size, len(d))], NotSkipped
		}
		d = d[min((size+3)&^3, len(d)):]
	}
	return nil, NotIP
}
