package live

import (
	"encoding/binary"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
)

// frame is a packet without its link header, and the EtherType from that header.
type frame struct {
	ether  uint32
	packet []byte
}

func tcp(from, to uint16) []byte {
	b := make([]byte, 20)
	binary.BigEndian.PutUint16(b, from)
	binary.BigEndian.PutUint16(b[2:], to)
	b[12] = 5 << 4
	return b
}

// ip4 returns an IPv4 packet with options bytes of options and a fragment offset in units of 8.
func ip4(proto byte, options int, offset uint16, payload []byte) []byte {
	b := make([]byte, 20+options)
	b[0] = 4<<4 | byte(len(b)/4)
	binary.BigEndian.PutUint16(b[6:], offset)
	b[9] = proto
	return append(b, payload...)
}

func ip6(next byte, payload []byte) []byte {
	b := make([]byte, 40)
	b[0], b[6] = 6<<4, next
	return append(b, payload...)
}

// extension returns an IPv6 extension header of 8 bytes and more in units of 8.
func extension(next byte, more int, payload []byte) []byte {
	b := make([]byte, 8+8*more)
	b[0], b[1] = next, byte(more)
	return append(b, payload...)
}

func tag(ether uint16, packet []byte) []byte {
	return append([]byte{0x40, 7, byte(ether >> 8), byte(ether)}, packet...)
}

// run runs the filter on one frame. The virtual machine does not implement extension
// loads, so the first instruction becomes what the kernel would load.
func run(t *testing.T, code []bpf.Instruction, f frame) bool {
	t.Helper()
	code = append([]bpf.Instruction{bpf.LoadConstant{Dst: bpf.RegA, Val: f.ether}}, code[1:]...)
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	n, err := vm.Run(f.packet)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func TestFilter(t *testing.T) {
	ports := Options{Ports: []uint16{1143, 65535}}.filterPorts()
	hit, miss := tcp(40000, 143), tcp(40000, 144)
	manyExtensions := hit
	for range maxExtensions + 1 {
		manyExtensions = extension(60, 0, manyExtensions)
	}
	for _, c := range []struct {
		name       string
		f          frame
		ports, any bool // let through
	}{
		{"to 143", frame{etherIPv4, ip4(6, 0, 0, hit)}, true, true},
		{"from 143", frame{etherIPv4, ip4(6, 0, 0, tcp(143, 40000))}, true, true},
		{"to 993", frame{etherIPv4, ip4(6, 0, 0, tcp(1, 993))}, true, true},
		{"to a port asked for", frame{etherIPv4, ip4(6, 0, 0, tcp(1, 1143))}, true, true},
		{"from the last port", frame{etherIPv4, ip4(6, 0, 0, tcp(65535, 1))}, true, true},
		{"other ports", frame{etherIPv4, ip4(6, 0, 0, miss)}, false, true},
		{"options before TCP", frame{etherIPv4, ip4(6, 40, 0, hit)}, true, true},
		{"options before other ports", frame{etherIPv4, ip4(6, 40, 0, miss)}, false, true},
		{"UDP", frame{etherIPv4, ip4(17, 0, 0, hit)}, false, false},
		{"first fragment", frame{etherIPv4, ip4(6, 0, 0x2000, hit)}, true, true},
		{"first fragment, don't fragment, other ports", frame{etherIPv4, ip4(6, 0, 0x6000, miss)}, false, true},
		{"later fragment", frame{etherIPv4, ip4(6, 0, 0x0001, miss)}, true, true},
		{"later fragment of UDP", frame{etherIPv4, ip4(17, 0, 0x0001, miss)}, false, false},
		{"tagged", frame{etherVLAN, tag(etherIPv4, ip4(6, 0, 0, hit))}, true, true},
		{"tagged, other ports", frame{etherVLAN, tag(etherIPv4, ip4(6, 0, 0, miss))}, false, true},
		{"tagged twice", frame{etherQinQ, tag(etherVLAN, tag(etherIPv6, ip6(6, hit)))}, true, true},
		{"tagged, not IP", frame{etherVLAN, tag(0x0806, hit)}, false, false},
		{"ARP", frame{0x0806, ip4(6, 0, 0, hit)}, false, false},
		{"IPv6", frame{etherIPv6, ip6(6, hit)}, true, true},
		{"IPv6 from", frame{etherIPv6, ip6(6, tcp(993, 5))}, true, true},
		{"IPv6, other ports", frame{etherIPv6, ip6(6, miss)}, false, true},
		{"IPv6 UDP", frame{etherIPv6, ip6(17, hit)}, false, false},
		{"IPv6 hop-by-hop", frame{etherIPv6, ip6(0, extension(6, 0, hit))}, true, true},
		{"IPv6 hop-by-hop, other ports", frame{etherIPv6, ip6(0, extension(6, 0, miss))}, false, true},
		{"IPv6 three extensions", frame{etherIPv6, ip6(0, extension(60, 3, extension(43, 1, extension(6, 2, hit))))}, true, true},
		{"IPv6 three extensions, other ports", frame{etherIPv6, ip6(0, extension(60, 3, extension(43, 1, extension(6, 2, miss))))}, false, true},
		{"IPv6 extension before UDP", frame{etherIPv6, ip6(60, extension(17, 1, hit))}, false, false},
		{"IPv6 fragment", frame{etherIPv6, ip6(44, extension(6, 0, miss))}, true, true},
		{"IPv6 fragment after an extension", frame{etherIPv6, ip6(0, extension(44, 0, extension(6, 0, miss)))}, true, true},
		{"IPv6 authentication", frame{etherIPv6, ip6(51, hit)}, true, true},
		{"IPv6, more extensions than walked", frame{etherIPv6, ip6(60, manyExtensions)}, true, true},
		{"cut in the IP header", frame{etherIPv4, ip4(6, 0, 0, hit)[:8]}, false, false},
		{"cut before the ports", frame{etherIPv4, ip4(6, 0, 0, hit)[:20]}, false, true},
		{"nothing", frame{etherIPv6, nil}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mode := range []struct {
				name  string
				ports []uint16
				want  bool
			}{{"ports", ports, c.ports}, {"any port", nil, c.any}} {
				code, err := filter(mode.ports)
				if err != nil {
					t.Fatal(err)
				}
				if got := run(t, code, c.f); got != mode.want {
					t.Errorf("%s: let through: %v", mode.name, got)
				}
			}
		})
	}
}

// TestFilterManyPorts checks far jumps, and the limit.
func TestFilterManyPorts(t *testing.T) {
	ports := make([]uint16, 900)
	for i := range ports {
		ports[i] = uint16(2000 + i)
	}
	code, err := filter(ports)
	if err != nil {
		t.Fatal(err)
	}
	if !run(t, code, frame{etherIPv4, ip4(6, 0, 0, tcp(1, 2899))}) || run(t, code, frame{etherIPv4, ip4(6, 0, 0, tcp(1, 2900))}) {
		t.Error("the last port of many")
	}
	if _, err := filter(append(ports, ports...)); err == nil || !strings.Contains(err.Error(), "1800 ports") {
		t.Error(err)
	}
}
