package pcap

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// payload is what the segments of these tests carry.
const payload = "* OK hi"

// tcp6 is payload in IPv6, with extension headers before TCP. Each begins with
// the number of its kind.
func tcp6(ext ...string) []byte {
	v4, _ := tcp4(server4, client4, 1, 0, flagACK, payload, 0)
	segment := v4[20:]
	b := make([]byte, 40)
	b[0] = 0x60
	b[8], b[24], b[23], b[39] = 0x20, 0x20, 2, 1
	next := &b[6]
	for _, e := range ext {
		*next = e[0]
		b = append(b, e[1:]...)
		next = &b[len(b)-len(e)+1]
	}
	*next = protoTCP
	b = append(b, segment...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	return b
}

func be(n uint16) string { return string(binary.BigEndian.AppendUint16(nil, n)) }

// TestLinks: the same segment within every kind of frame.
func TestLinks(t *testing.T) {
	v4b, _ := tcp4(server4, client4, 1, 0, flagACK, payload, 0)
	v4, v6 := string(v4b), string(tcp6())
	mac := strings.Repeat("m", 12)
	options := func(b []byte) string { // four words of IP options
		b = append(append(append([]byte(nil), b[:20]...), make([]byte, 16)...), b[20:]...)
		b[0] = 0x49
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		return string(b)
	}
	noLength := append([]byte(nil), v4b...)
	noLength[2], noLength[3] = 0, 0
	for name, tc := range map[string]struct {
		link  layers.LinkType
		frame string
		skip  Skip
	}{
		"Ethernet":               {layers.LinkTypeEthernet, mac + be(typeIPv4) + v4, NotSkipped},
		"Ethernet, IPv6":         {layers.LinkTypeEthernet, mac + be(typeIPv6) + v6, NotSkipped},
		"Ethernet, trailer":      {layers.LinkTypeEthernet, mac + be(typeIPv4) + v4 + "trailer", NotSkipped},
		"Ethernet, IPv6 trailer": {layers.LinkTypeEthernet, mac + be(typeIPv6) + v6 + "trailer", NotSkipped},
		"ARP":                    {layers.LinkTypeEthernet, mac + be(0x0806) + v4, NotIP},
		"VLAN":                   {layers.LinkTypeEthernet, mac + be(typeVLAN) + be(7) + be(typeIPv4) + v4, NotSkipped},
		"QinQ":                   {layers.LinkTypeEthernet, mac + be(typeQinQ) + be(7) + be(typeVLAN) + be(8) + be(typeIPv6) + v6, NotSkipped},
		"old QinQ":               {layers.LinkTypeEthernet, mac + be(typeQinQ2) + be(7) + be(typeVLAN) + be(8) + be(typeIPv4) + v4, NotSkipped},
		"MPLS":                   {layers.LinkTypeEthernet, mac + be(typeMPLS) + "\x00\x01\x00\xff" + "\x00\x02\x01\xff" + v4, NotSkipped},
		"MPLS in VLAN":           {layers.LinkTypeEthernet, mac + be(typeVLAN) + be(7) + be(typeMPLS) + "\x00\x02\x01\xff" + v6, NotSkipped},
		"PPPoE":                  {layers.LinkTypeEthernet, mac + be(typePPPoE) + "\x11\x00\x00\x01" + be(99) + be(pppIPv4) + v4, NotSkipped},
		"PPPoE, IPv6":            {layers.LinkTypeEthernet, mac + be(typePPPoE) + "\x11\x00\x00\x01" + be(99) + be(pppIPv6) + v6, NotSkipped},
		"PPPoE, LCP":             {layers.LinkTypeEthernet, mac + be(typePPPoE) + "\x11\x00\x00\x01" + be(99) + be(0xc021) + v4, NotIP},
		"SLL":                    {linkLinuxSLL, strings.Repeat("s", 14) + be(typeIPv4) + v4, NotSkipped},
		"SLL, VLAN":              {linkLinuxSLL, strings.Repeat("s", 14) + be(typeVLAN) + be(7) + be(typeIPv4) + v4, NotSkipped},
		"SLL2":                   {linkSLL2, be(typeIPv6) + strings.Repeat("s", 18) + v6, NotSkipped},
		"NULL, little":           {layers.LinkTypeNull, "\x02\x00\x00\x00" + v4, NotSkipped},
		"NULL, big":              {layers.LinkTypeNull, "\x00\x00\x00\x1e" + v6, NotSkipped},
		"NULL, FreeBSD":          {layers.LinkTypeNull, "\x1c\x00\x00\x00" + v6, NotSkipped},
		"NULL, AppleTalk":        {layers.LinkTypeNull, "\x10\x00\x00\x00" + v6, NotIP},
		"LOOP":                   {layers.LinkTypeLoop, "\x00\x00\x00\x02" + v4, NotSkipped},
		"raw":                    {layers.LinkTypeRaw, v4, NotSkipped},
		"raw, DLT":               {linkRawDLT, v6, NotSkipped},
		"raw, BSD":               {linkRawBSD, v4, NotSkipped},
		"IPv4":                   {linkIPv4, v4, NotSkipped},
		"IPv6":                   {linkIPv6, v6, NotSkipped},
		"NFLOG":                  {linkNFLOG, "\x02\x00\x00\x00" + "\x05\x00\x0a\x00x...." + "", NotIP},
		"NFLOG, payload":         {linkNFLOG, "\x02\x00\x00\x00" + "\x05\x00\x0a\x00x..." + string([]byte{byte(len(v4) + 4), 0, 9, 0}) + v4, NotSkipped},
		"802.11":                 {127, v4, UnknownLink},
		"IP options":             {linkIPv4, options(v4b), NotSkipped},
		"length 0":               {linkIPv4, string(noLength), NotSkipped},
		"hop by hop":             {linkIPv6, string(tcp6("\x00\x00\x00......")), NotSkipped},
		"destination, routing":   {linkIPv6, string(tcp6("\x3c\x00\x01"+strings.Repeat(".", 14), "\x2b\x00\x00\x00\x00....")), NotSkipped},
		"authentication":         {linkIPv6, string(tcp6("\x33\x00\x04" + strings.Repeat(".", 22))), NotSkipped},
		"a fragment that is all": {linkIPv6, string(tcp6("\x2c\x00\x00\x00\x00\x00\x00\x00\x09")), NotSkipped},
		"IPv6 in IPv4":           {linkIPv4, string(wrap(v6, protoIPv6)), NotSkipped},
		"UDP":                    {linkIPv4, string(wrap("........", 17)), NotTCP},
		"IP version 5":           {layers.LinkTypeRaw, "\x50" + v4[1:], NotIP},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(t)
			a := NewAssembler(Options{}, r)
			skip, err := a.packet(&Packet{Time: time.Unix(1, 0), Link: tc.link, Data: []byte(tc.frame), Length: len(tc.frame)})
			if err != nil || skip != tc.skip {
				t.Fatalf("skipped for %d, want %d (%v)", skip, tc.skip, err)
			}
			if skip == NotSkipped && r.data[1][1].String() != payload {
				t.Errorf("payload %q", r.data[1][1].String())
			}
			// Cut anywhere it is no frame, or less of one, and no panic.
			for n := range len(tc.frame) {
				a := NewAssembler(Options{}, newRecorder(t))
				if err := a.Packet(&Packet{Link: tc.link, Data: []byte(tc.frame)[:n:n], Length: len(tc.frame)}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// wrap puts a payload into IPv4.
func wrap(payload string, proto byte) []byte {
	b := make([]byte, 20, 20+len(payload))
	b[0], b[9], b[15], b[19] = 0x45, proto, 7, 8
	binary.BigEndian.PutUint16(b[2:], uint16(20+len(payload)))
	return append(b, payload...)
}

// TestFragments: a segment in fragments, in any order, doubled and overlapping.
func TestFragments(t *testing.T) {
	long := strings.Repeat("0123456789", 10)
	v4b, _ := tcp4(server4, client4, 1, 0, flagACK, long, 0)
	whole := v4b[20:] // 120 octets of TCP
	frag := func(from, to int, more bool, change string) string {
		part := string(whole[from:to])
		if change != "" {
			part = strings.Repeat(change, to-from)
		}
		b := wrap(part, protoTCP)
		copy(b[12:20], v4b[12:20])
		n := uint16(from / 8)
		if more {
			n |= 0x2000
		}
		binary.BigEndian.PutUint16(b[6:], n)
		return string(b)
	}
	a, b, c := frag(0, 40, true, ""), frag(40, 80, true, ""), frag(80, 120, false, "")
	for name, frames := range map[string][]string{
		"in order":                     {a, b, c},
		"backwards":                    {c, b, a},
		"doubled":                      {a, a, b, b, c},
		"overlapping, the first wins":  {a, b, frag(16, 80, true, "X"), c},
		"overlapping from both sides":  {b, frag(0, 48, true, ""), frag(72, 120, false, "")},
		"a gap filled by a larger one": {a, c, frag(16, 96, true, "")},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(t)
			as := NewAssembler(Options{}, r)
			for _, f := range frames {
				if err := as.Packet(&Packet{Time: time.Unix(1, 0), Link: linkIPv4, Data: []byte(f), Length: len(f)}); err != nil {
					t.Fatal(err)
				}
			}
			if len(r.conns) != 1 || r.data[1][1].String() != long {
				t.Fatalf("%d connections: %v", len(r.conns), r.log)
			}
			if as.frags.octets != 0 || len(as.frags.open) != 0 {
				t.Errorf("%d octets of %d packets remain", as.frags.octets, len(as.frags.open))
			}
		})
	}
	t.Run("garbage is bounded", func(t *testing.T) {
		as := NewAssembler(Options{}, newRecorder(t))
		for i := range 5000 {
			f := []byte(frag(40, 80, true, ""))
			binary.BigEndian.PutUint16(f[6:], 0x2000|uint16(i%8000)) // anywhere in its packet
			binary.BigEndian.PutUint16(f[4:], uint16(i)) // its identification
			if err := as.Packet(&Packet{Time: time.Unix(1, 0), Link: linkIPv4, Data: f, Length: len(f)}); err != nil {
				t.Fatal(err)
			}
			if as.frags.octets > maxFragOctets+maxFragSize || len(as.frags.open) > maxFragPackets {
				t.Fatalf("%d octets of %d packets", as.frags.octets, len(as.frags.open))
			}
		}
	})
}
