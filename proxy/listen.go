package proxy

import (
	"context"
	"fmt"
	"net"
	"syscall"
)

// Listen listens on a TCP address. A transparent listener also takes connections
// to addresses that are not this machine's, as TPROXY hands them over; REDIRECT
// needs none. Linux only, with the right to administer the network.
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
