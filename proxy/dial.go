package proxy

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// dialer returns the default dialer. It checks each address before connecting to it.
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

// target returns the address to connect to.
func (s *session) target() (string, error) {
	dialled, err := originalDestination(s.raw)
	if err != nil {
		return "", err
	}
	if err := s.register(way{s.caller, dialled}); err != nil {
		return "", err
	}
	s.called = dialled
	if s.p.Target != Transparent {
		return string(s.p.Target), nil
	}
	if leadsTo(dialled, s.l) != nil {
		return "", fmt.Errorf("%w: the client dialled the proxy's own address %s; in transparent mode a rule (REDIRECT or TPROXY) must bring connections here", ErrLoop, dialled)
	}
	return dialled.String(), nil
}
