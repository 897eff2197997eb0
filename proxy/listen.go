package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"
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

// Patient returns a listener whose Accept does not fail for a shortage, such as of descriptors,
// but waits until it is over. Both is logged.
func Patient(l net.Listener, log *slog.Logger) net.Listener {
	return &patientListener{Listener: l, log: log}
}

type patientListener struct {
	net.Listener
	log *slog.Logger
}

// Accept implements net.Listener.
func (l *patientListener) Accept() (net.Conn, error) {
	for short := (shortage{log: l.log, at: l.Addr()}); ; {
		c, err := l.Listener.Accept()
		if err == nil {
			short.over()
		} else if isTemporary(err) {
			time.Sleep(short.again(err))
			continue
		}
		return c, err
	}
}

// A shortage is a time in which connections cannot be accepted.
type shortage struct {
	log      *slog.Logger
	at       net.Addr
	failures int
	pause    time.Duration
}

// again records a failure, and returns how long to wait before the next attempt.
func (s *shortage) again(err error) time.Duration {
	if s.failures++; s.failures == 1 {
		s.log.Warn("cannot accept connections; trying until it works", "listen", s.at.String(), "error", err)
	}
	s.pause = min(max(2*s.pause, acceptPause), acceptPauseMax)
	return s.pause
}

// over records that a connection was accepted.
func (s *shortage) over() {
	if s.failures > 0 {
		s.log.Info("connections are accepted again", "listen", s.at.String(), "failures", s.failures)
	}
	s.failures, s.pause = 0, 0
}

func listen(ctx context.Context, lc net.ListenConfig, addr string) (net.Listener, error) {
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", addr, err)
	}
	return l, nil
}
