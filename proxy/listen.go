package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Listen listens on a TCP address. One without a host, :143, is that port of the loopback
// interface: what passes here holds passwords and mail, so other machines reach it only if an
// address is named, 0.0.0.0:143 or [::]:143 for all of them.
//
// A transparent listener also accepts connections to the addresses of other machines, which
// TPROXY requires and REDIRECT does not. It needs Linux and the capability CAP_NET_ADMIN, and
// without a host it listens as ListenAll does.
func Listen(ctx context.Context, addr string, transparent bool) (net.Listener, error) {
	var lc net.ListenConfig
	if transparent {
		if err := canBeTransparent(); err != nil {
			return nil, err
		}
		lc.Control = func(network, _ string, c syscall.RawConn) error { return setTransparent(network, c) }
		return listen(ctx, lc, addr)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host != "" {
		return listen(ctx, lc, addr)
	}
	l, err := listen(ctx, lc, net.JoinHostPort("127.0.0.1", port))
	if errors.Is(err, syscall.EADDRNOTAVAIL) { // without IPv4
		return listen(ctx, lc, net.JoinHostPort("::1", port))
	}
	return l, err
}

// ListenAll listens on a TCP address, without a host on all addresses of the machine: clients
// whose connections the firewall redirects here dial those.
func ListenAll(ctx context.Context, addr string) (net.Listener, error) {
	return listen(ctx, net.ListenConfig{}, addr)
}

func listen(ctx context.Context, lc net.ListenConfig, addr string) (net.Listener, error) {
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return l, nil
}
