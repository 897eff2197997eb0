package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// ErrLoop reports a connection that would lead the proxy back to itself.
var ErrLoop = errors.New("the proxy would connect to itself")

// ends holds the open connections of both kinds, to detect loops: a connection that the proxy
// dialled and then accepted itself was redirected.
type ends struct {
	mu   sync.Mutex
	came map[way]struct{} // accepted from clients
	went map[way]struct{} // dialled to upstreams
}

// A way is the source of a connection and its destination before any redirection. The source
// alone is not enough: connections to different destinations may share it.
type way struct{ from, to netip.AddrPort }

func (e *ends) init() {
	e.came, e.went = map[way]struct{}{}, map[way]struct{}{}
}

// accepted registers a client's connection.
func (e *ends) accepted(w way) error { return e.register(w, e.came, e.went) }

// dialed registers a connection to an upstream.
func (e *ends) dialed(l net.Listener, u net.Conn) error {
	err := e.register(wayTo(u), e.went, e.came)
	if err == nil {
		err = leadsTo(addrPort(u.RemoteAddr()), l)
	}
	return err
}

func wayTo(u net.Conn) way { return way{addrPort(u.LocalAddr()), addrPort(u.RemoteAddr())} }

// register adds a connection of one kind. It returns ErrLoop if the same connection is
// registered as the other kind.
func (e *ends) register(w way, mine, other map[way]struct{}) error {
	if !w.from.IsValid() {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, loop := other[w]; loop {
		return fmt.Errorf("%w: its own connection from %s to %s came back; exclude the proxy's traffic from the redirecting rule (by its user, or by a mark)", ErrLoop, w.from, w.to)
	}
	mine[w] = struct{}{}
	return nil
}

func (e *ends) forget(came way, u net.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.came, came)
	if u != nil {
		delete(e.went, wayTo(u))
	}
}

// leadsTo returns an error if a connection to the address would be accepted by l.
func leadsTo(a netip.AddrPort, l net.Listener) error {
	at := addrPort(l.Addr())
	if !a.IsValid() || !at.IsValid() || a.Port() != at.Port() {
		return nil
	}
	if a.Addr() != at.Addr() && !(at.Addr().IsUnspecified() && isLocal(a.Addr())) && !(a.Addr().IsUnspecified() && isLocal(at.Addr())) {
		return nil
	}
	return fmt.Errorf("%w: upstream %s is the proxy's own listening address (%s)", ErrLoop, a, l.Addr())
}

// isLocal reports whether the address belongs to this machine.
func isLocal(a netip.Addr) bool {
	if a.IsLoopback() || a.IsUnspecified() {
		return true
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, i := range all {
		if n, ok := i.(*net.IPNet); ok {
			if b, ok := netip.AddrFromSlice(n.IP); ok && b.Unmap() == a.WithZone("") {
				return true
			}
		}
	}
	return false
}

// check reports settings that cannot work, before the first connection.
func (p *Proxy) check(ctx context.Context, l net.Listener) error {
	if p.SendProxyProtocol < 0 || p.SendProxyProtocol > 2 {
		return fmt.Errorf("unknown PROXY protocol version %d: use 1 or 2", p.SendProxyProtocol)
	}
	if err := canMark(p.Mark); err != nil {
		return err
	}
	if p.Target == Transparent {
		return canBeTransparent()
	}
	host, port, err := net.SplitHostPort(string(p.Target))
	if err != nil {
		return fmt.Errorf("upstream %q is not host:port: %w", string(p.Target), err)
	}
	if p.Dial != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	n, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return fmt.Errorf("upstream %q: %w", string(p.Target), err)
	}
	addrs := []netip.Addr{netip.IPv4Unspecified()}
	if a, err := netip.ParseAddr(host); err == nil {
		addrs[0] = a
	} else if host != "" {
		// A name that does not resolve now may do so later; dialling checks again.
		if addrs, err = net.DefaultResolver.LookupNetIP(ctx, "ip", strings.TrimSuffix(host, ".")); err != nil {
			p.log.Warn("the upstream's name does not resolve yet", "upstream", string(p.Target), "error", err)
		}
	}
	for _, a := range addrs {
		if err := leadsTo(netip.AddrPortFrom(a.Unmap(), uint16(n)), l); err != nil {
			return err
		}
	}
	return nil
}
