package door

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"imapscope/proxy"
)

// Limits of the server.
const (
	maxHead         = 16 << 10         // bytes of a request's head
	maxBody         = 16 << 10         // bytes of the body of a request that acts
	maxConns        = 512              // connections at once
	maxConnsOfOne   = 128              // connections at once from one address
	maxRequests     = 1024             // requests at once
	readTimeout     = 10 * time.Second // for a TLS handshake, and for a request's head
	writeTimeout    = 30 * time.Second // for each piece of a response to be read
	idleTimeout     = 2 * time.Minute  // between two requests
	shutdownTimeout = 2 * time.Second  // for the responses under way, at the end
)

// Options configures a Door.
type Options struct {
	// Listen is the address, host:port. Empty means a free port of the loopback interface, and
	// one without a host is a port of that interface.
	Listen string
	// HTTP is whether other machines are served without TLS.
	HTTP bool
	// Private is why other machines may not be served. Empty means that they may.
	Private string
	// Acts is whether requests may do something: POST with a body of JSON, from the page itself. It
	// is for this machine only.
	Acts bool
	// Certificate returns a certificate for the given hosts (names and addresses). It is
	// called if other machines are served with TLS, and needed then.
	Certificate func(hosts []string) (*tls.Certificate, error)
	// Out gets the links, one on a line after Prefix, the best first; Err how to use them.
	// Neither may be nil.
	Out, Err io.Writer
	Prefix   string
	// Terminal gets a QR code of the first link, in colour unless Mono is set, if other
	// machines are served. It may be nil.
	Terminal io.Writer
	Mono     bool
	// Browse opens a link in a browser; see Desktop. It may be nil.
	Browse func(link string) error
	// Log gets what fails later. It may not be nil.
	Log *slog.Logger
}

// A Door is a listener whose address was printed. Call Serve once, or Close.
type Door struct {
	Options
	listener net.Listener
	local    bool // only the loopback interface
	secure   bool // TLS
	hosts    []string
	cert     *tls.Certificate
	keys
}

// Open listens and prints the links. The error of an address that is in use, or not this
// machine's, names it.
func Open(ctx context.Context, o Options) (*Door, error) {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	l, err := proxy.Listen(ctx, o.Listen, false)
	if err != nil {
		return nil, fmt.Errorf("the page: %w", err)
	}
	d := &Door{Options: o, listener: l}
	if err := d.prepare(ctx); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	if err := d.announce(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return d, nil
}

// prepare finds out whom the listener serves, and under which names.
func (d *Door) prepare(ctx context.Context) error {
	at, err := netip.ParseAddrPort(d.listener.Addr().String())
	if err != nil {
		return fmt.Errorf("listening on %s: %w", d.listener.Addr(), err)
	}
	d.local = at.Addr().Unmap().IsLoopback()
	if !d.local && d.Private != "" {
		return errors.New(d.Private)
	}
	if !d.local && d.Acts {
		return errors.New("this page takes answers, so it is for this machine only; listen on 127.0.0.1")
	}
	d.secure = !d.local && !d.HTTP
	d.hosts = hosts(ctx, d.Listen, at.Addr().Unmap())
	d.keys = newKeys(at.Port(), d.secure)
	if !d.secure {
		return nil
	}
	if d.cert, err = d.Certificate(append(d.hosts, ownNames()...)); err != nil {
		return err
	}
	return nil
}

// Local reports whether only this machine is served.
func (d *Door) Local() bool { return d.local }

// Close closes a Door that was not served.
func (d *Door) Close() error { return d.listener.Close() }

// Serve serves h to those who have the link, until ctx is done. Requests under way, streams
// among them, see that by their context, and have a short time to end.
func (d *Door) Serve(ctx context.Context, h http.Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := d.server(ctx, h)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if s.Shutdown(limit) != nil {
			_ = s.Close() // of connections that are cut
		}
	})
	d.browse()
	l := net.Listener(newCrowd(proxy.Patient(d.listener, d.Log)))
	var err error
	if d.secure {
		err = s.ServeTLS(l, "", "")
	} else {
		err = s.Serve(l)
	}
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving on %s: %w", d.listener.Addr(), errors.Join(err, s.Close()))
}

// server returns the server. A stream's writes have deadlines of their own; see response.
func (d *Door) server(ctx context.Context, h http.Handler) *http.Server {
	s := &http.Server{
		Handler:           d.guard(h),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: readTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHead,
		ErrorLog:          slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 64,
			SendPingTimeout:      writeTimeout,
			PingTimeout:          readTimeout,
			WriteByteTimeout:     writeTimeout,
		},
	}
	if d.secure {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*d.cert}, MinVersion: tls.VersionTLS12}
	}
	return s
}
