package door

import (
	"context"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// maxHosts is how many of a machine's addresses are printed and certified.
const maxHosts = 8

// hosts returns under which names and addresses others reach a listener: the name that it was
// asked to listen on, or its address, or the machine's addresses, the one that leads elsewhere
// first.
func hosts(ctx context.Context, listen string, at netip.Addr) []string {
	if host, _, err := net.SplitHostPort(listen); err == nil {
		if _, err := netip.ParseAddr(host); err != nil && host != "" && !at.IsLoopback() {
			return []string{strings.ToLower(host)}
		}
	}
	if !at.IsUnspecified() {
		return []string{at.WithZone("").String()}
	}
	var all []string
	for _, network := range []string{"udp4", "udp6"} {
		if a, ok := outbound(ctx, network); ok && (at.Is6() || a.Is4()) {
			all = append(all, a.String())
		}
	}
	addrs, _ := net.InterfaceAddrs() // without them those above are left
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil {
			continue
		}
		ip := p.Addr().Unmap()
		if ip.IsLoopback() || ip.IsLinkLocalUnicast() || at.Is4() && !ip.Is4() || slices.Contains(all, ip.String()) {
			continue
		}
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		all = append(all, "127.0.0.1") // no network
	}
	return all[:min(len(all), maxHosts)]
}

// outbound returns this machine's address on the way to others. Nothing is sent for it.
func outbound(ctx context.Context, network string) (netip.Addr, bool) {
	to := "192.0.2.1:9" // RFC 5737, 3: an address for documentation
	if network == "udp6" {
		to = "[2001:db8::1]:9" // RFC 3849
	}
	c, err := new(net.Dialer).DialContext(ctx, network, to)
	if err != nil {
		return netip.Addr{}, false
	}
	defer c.Close()
	a, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	ip := a.AddrPort().Addr().Unmap()
	return ip, !ip.IsLoopback() && !ip.IsUnspecified()
}

// ownNames returns the names that this machine has for itself and in the local network.
func ownNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return []string{"localhost"}
	}
	name = strings.ToLower(name)
	first, _, _ := strings.Cut(name, ".")
	return slices.Compact([]string{"localhost", name, first + ".local"})
}
