package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"imapscope/capture/hub"
)

// DefaultListen is the address that a Server listens on if none is given.
const DefaultListen = "127.0.0.1:4222"

const (
	// startGrace is how long the server may take to listen.
	startGrace = 10 * time.Second
	// handshakeGrace is how long a client may take for TLS and to log in: hundreds of sensors
	// connect at once after a restart.
	handshakeGrace = 20 * time.Second
	// maxConns bounds the connections, and maxSubs the subscriptions of one.
	maxConns, maxSubs = 32 << 10, 1 << 10
)

// Options configure a Server.
type Options struct {
	Listen string // the address, host:port; port 0 is any free one; "": DefaultListen
	Store  string // the folder that holds the stream; it is created
	hub.Limits

	// NoAuth lets anyone do anything, without TLS; on loopback only. Without it those may
	// connect to whom Init has given a credential.
	NoAuth bool
	// Certify returns a certificate for names and addresses of the server. It is called when
	// they change, and before the certificate expires. It is needed unless NoAuth is set.
	Certify func(hosts []string) (*tls.Certificate, error)

	Log *slog.Logger // nil: nothing is logged
}

// A Server is a running NATS server with the stream.
type Server struct {
	opts   Options
	key    nkeys.KeyPair // of the server's own connection
	own    string        // its public key
	cert   certificate
	nats   *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	log    *slog.Logger
	unlock func() // gives back the store
	cancel context.CancelFunc
	done   chan struct{}

	failing atomic.Bool // nothing is stored: the disk is full, or fails
	seen    stamp       // of the file with the users, when it was read; of watch alone

	mu  sync.Mutex
	err error
}

// ErrNoAccess is the error about a store in which Init has given no one a credential.
var ErrNoAccess = errors.New("no one has a credential for the hub")

// Start starts a server and returns when it listens and has the stream.
func Start(o Options) (*Server, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	s := &Server{opts: o, log: o.Log, done: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.key, err = nkeys.CreateUser(); err != nil {
		return nil, err
	}
	if s.own, err = s.key.PublicKey(); err != nil {
		return nil, err
	}
	s.seen = s.stamp()
	opts, err := s.options()
	if err != nil {
		return nil, err
	}
	if err := s.takeStore(); err != nil {
		return nil, err
	}
	if err := s.start(opts); err != nil {
		s.unlock()
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	if err := s.open(ctx); err != nil {
		cancel()
		s.stop()
		return nil, err
	}
	go s.watch(ctx)
	return s, nil
}

// takeStore creates the folders of the store, for the owner only, and takes it for this process.
func (s *Server) takeStore() (err error) {
	kept := filepath.Join(s.opts.Store, server.JetStreamStoreDir)
	if err := os.MkdirAll(kept, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(kept, 0o700); err != nil {
		return err
	}
	if s.unlock, err = hub.Lock(filepath.Join(s.opts.Store, "lock")); err != nil {
		return fmt.Errorf("another hub runs with %s, or it cannot be taken: %w", s.opts.Store, err)
	}
	return nil
}

// options returns the options of the NATS server, with those users who may connect now.
func (s *Server) options() (*server.Options, error) {
	host, port, err := net.SplitHostPort(s.opts.Listen)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address to listen on, host:port", s.opts.Listen)
	}
	if host == "" {
		host = "127.0.0.1" // as everywhere: a port alone is this machine's
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%q is not an address to listen on: port %q is not a number", s.opts.Listen, port)
	}
	opts := &server.Options{}
	if !s.opts.NoAuth {
		if err := s.admit(opts, host); err != nil {
			return nil, err
		}
	} else if !Loopback(host) {
		return nil, fmt.Errorf("without authentication a hub listens on loopback only, such as 127.0.0.1, not on %q", host)
	}
	opts.ServerName = "imapscope-hub"
	if opts.Host, opts.Port = host, int(n); n == 0 {
		opts.Port = server.RANDOM_PORT
	}
	opts.NoSigs = true
	opts.JetStream, opts.StoreDir = true, s.opts.Store
	opts.JetStreamMaxStore = cmp.Or(s.opts.MaxBytes, hub.DefaultMaxBytes) + workBytes
	opts.MaxPayload, opts.MaxConn, opts.MaxSubs = hub.MaxMessage, maxConns, maxSubs
	opts.AuthTimeout, opts.TLSTimeout = handshakeGrace.Seconds(), handshakeGrace.Seconds()
	return opts, nil
}

// admit adds to the options who may connect.
func (s *Server) admit(opts *server.Options, host string) error {
	access, err := ReadAccess(s.opts.Store)
	if started := s.nats != nil; !started && (errors.Is(err, fs.ErrNotExist) || err == nil && len(access.Users) == 0) {
		return fmt.Errorf("%w in %s", ErrNoAccess, s.opts.Store)
	}
	if err != nil {
		return err
	}
	if err := s.cert.use(s.opts.Certify, hosts(host, access.Hosts)); err != nil {
		return err
	}
	text, err := configText(access.Users, s.own)
	if err != nil {
		return err
	}
	if err := opts.ProcessConfigString(text); err != nil {
		return err
	}
	opts.TLS, opts.TLSConfig = true, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.cert.get}
	return nil
}

// start starts the NATS server.
func (s *Server) start(opts *server.Options) (err error) {
	if s.nats, err = server.NewServer(opts); err != nil {
		return err
	}
	log := newLogger(s.log)
	s.nats.SetLoggerV2(log, false, false, false)
	s.nats.Start()
	select {
	case why := <-log.fatal:
		err = errors.New(why)
	default:
		if s.nats.ReadyForConnections(startGrace) {
			return nil
		}
		err = fmt.Errorf("it does not listen after %v", startGrace)
	}
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	return fmt.Errorf("the hub on %s with %s: %w", s.opts.Listen, s.opts.Store, err)
}

// open opens the server's own connection and creates the stream.
func (s *Server) open(ctx context.Context) (err error) {
	options := []nats.Option{nats.Name("imapscope hub"), nats.InProcessServer(s.nats), nats.MaxReconnects(-1), nats.IgnoreDiscoveredServers()}
	if !s.opts.NoAuth {
		options = append(options, nats.Nkey(s.own, s.key.Sign))
	}
	if s.conn, err = nats.Connect("", options...); err != nil {
		return err
	}
	if s.js, err = jetstream.New(s.conn); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := s.js.CreateOrUpdateStream(ctx, hub.StreamConfig(s.opts.Limits)); err != nil {
		return fmt.Errorf("the stream %s in %s: %w", hub.Stream, s.opts.Store, err)
	}
	return nil
}

// fail records why the server ended.
func (s *Server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// stop ends the NATS server, waits for its end and gives the store back.
func (s *Server) stop() {
	if s.conn != nil {
		s.conn.Close()
	}
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	s.unlock()
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.nats.Addr() }

// URL returns the URL of the server, without credentials.
func (s *Server) URL() string { return "nats://" + s.Addr().String() }

// JetStream returns a connection of the server's own, which may do anything.
func (s *Server) JetStream() jetstream.JetStream { return s.js }

// Done returns a channel that is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns why the server ended by itself, or nil.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Shutdown ends the server and returns when it has ended: everything is written to the store.
func (s *Server) Shutdown() {
	s.cancel()
	<-s.done
}

// Loopback reports whether a host is an address of this machine alone, or localhost.
func Loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// port returns the port that the server listens on.
func (s *Server) port() int {
	if a, ok := s.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}
