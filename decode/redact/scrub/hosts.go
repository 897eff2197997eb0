package scrub

import (
	"encoding/binary"
	"net/netip"
)

// hosts replaces addresses with documentation addresses, in order of appearance:
// 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24 (RFC 5737), then 10.0.0.0/8;
// 2001:db8::/32 (RFC 3849). Loopback and unspecified addresses stay, because they
// identify no host and matter to rules. Ports stay.
type hosts struct {
	v4, v6 map[netip.Addr]netip.Addr
	given  map[netip.Addr]bool
}

func (h *hosts) n() int { return len(h.v4) + len(h.v6) }

func (h *hosts) port(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(h.addr(a.Addr()), a.Port())
}

func (h *hosts) addr(a netip.Addr) netip.Addr {
	if !a.IsValid() || a.Unmap().IsLoopback() || a.IsUnspecified() {
		return a
	}
	a = a.WithZone("")
	if a.Is4In6() {
		return netip.AddrFrom16(h.addr(a.Unmap()).As16())
	}
	if h.v4 == nil {
		h.v4, h.v6, h.given = make(map[netip.Addr]netip.Addr), make(map[netip.Addr]netip.Addr), make(map[netip.Addr]bool)
	}
	if a.Is4() {
		if _, ok := h.v4[a]; !ok {
			h.v4[a] = nthIPv4(uint32(len(h.v4)))
			h.given[h.v4[a]] = true
		}
		return h.v4[a]
	}
	if _, ok := h.v6[a]; !ok {
		b := [16]byte{0x20, 0x01, 0x0d, 0xb8}
		binary.BigEndian.PutUint64(b[8:], uint64(len(h.v6)+1))
		h.v6[a] = netip.AddrFrom16(b)
		h.given[h.v6[a]] = true
	}
	return h.v6[a]
}

func nthIPv4(n uint32) netip.Addr {
	nets := [][3]byte{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}
	if i := int(n / 254); i < len(nets) {
		return netip.AddrFrom4([4]byte{nets[i][0], nets[i][1], nets[i][2], byte(n%254 + 1)})
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], 10<<24|n&0xffffff)
	return netip.AddrFrom4(b)
}

// survives reports whether a was in the input and does not replace another address.
func (h *hosts) survives(a netip.Addr) bool {
	_, v4 := h.v4[a]
	_, v6 := h.v6[a]
	return (v4 || v6) && !h.given[a]
}
