package proxy

import (
	"context"
	"fmt"
	"net"
	"syscall"
)

// Listen listens on a TCP address. A transparent listener also accepts connections
// to the addresses of other machines, which TPROXY requires and REDIRECT does not. It needs
// Linux and the capability CAP_NET_ADMIN.
func Listen(ctx context.Context, addr string, transparent bool) (net.Listener, error) {
	lc := net.ListenConfig{}
	if transparent {
		if err := canBeTransparent(); err != nil {
			return nil, err
		}
		lc.Control = func(network, _ string, c syscall.RawConn) error { return setTransparent(network, c) }
	}
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return l, nil
}
