package proxy

import (
	"net"
	"net/netip"
	"syscall"
)

// dialer is the Dial of a Proxy that has none. It sees each address before it
// connects to it.
func (p *Proxy) dialer(l net.Listener) *net.Dialer {
	return &net.Dialer{Control: func(_, address string, c syscall.RawConn) error {
		if a, err := netip.ParseAddrPort(address); err == nil {
			if err := leadsTo(netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), l); err != nil {
				return err
			}
		}
		return setMark(c, p.Mark)
	}}
}

// target is where this connection goes on to.
func (s *session) target() (string, error) {
	if s.p.Target != Transparent {
		return string(s.p.Target), nil
	}
	to, err := originalDestination(s.raw, s.l)
	if err != nil {
		return "", err
	}
	if !s.p.AcceptProxyProtocol {
		s.called = to
	}
	return to.String(), nil
}
