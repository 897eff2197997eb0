package proxy

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/proxy/tls"
)

// Default and internal timeouts.
const (
	DefaultDialTimeout = 10 * time.Second

	lookupTimeout = 2 * time.Second // for the upstream's name before the first connection
	headerTimeout = 5 * time.Second // for a PROXY header to arrive
	resetTimeout  = time.Second     // for forwarding what was read before a reset
	closeTimeout  = time.Second     // for a client to notice that there is no upstream
	sinkTimeout   = 4 * time.Second // for the Sink to return after Close
)

// A Proxy relays connections. Its fields must not be changed after the call of Serve. Except
// for Target, the zero value of each field disables a feature or selects a default.
type Proxy struct {
	// Target is the upstream that connections are relayed to.
	Target Target

	// Dial connects to the upstream. If nil, a net.Dialer is used; only that applies Mark.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Opener prepares a connection before it is relayed, for TLS. It may be nil.
	Opener Opener

	// Hook relays connections once the Opener has prepared them. If nil, bytes are forwarded
	// as they come.
	Hook Hook

	// Sink receives all events of the connections: bytes before they are forwarded, and
	// never both directions of a connection concurrently. It is called synchronously,
	// so it must not block: use a capture.Queue. If Sink is nil, bytes may be relayed
	// without being copied into this process.
	//
	// An error of Sink ends all copies: it is logged once, Sink is not called again, and
	// Serve returns the error when it ends.
	Sink capture.Sink

	// Wire, if set, receives the events of the same connections with the bytes of the client's
	// side below its TLS: records as they pass. It is called as Sink is. Where a client has
	// no TLS, its bytes are those that Sink gets.
	Wire capture.Sink

	DialTimeout time.Duration // 0 means DefaultDialTimeout, negative means none
	IdleTimeout time.Duration // closes connections that are idle for this long; 0 means never
	MaxConns    int           // the limit of open connections; 0 means none

	AcceptProxyProtocol bool // require a PROXY header from clients, v1 or v2
	SendProxyProtocol   int  // the version of the PROXY header sent to the upstream; 0 means none

	// Mark is set on outgoing connections (SO_MARK, Linux), so that firewall
	// rules can exclude the proxy's own traffic. 0 means none.
	Mark int

	Log *slog.Logger // nil discards

	once    sync.Once
	log     *slog.Logger
	slots   chan struct{} // one per connection, if there is a limit
	full    fullness      // of slots
	closing chan struct{} // closed by Close
	base    context.Context
	cancel  context.CancelFunc

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	sessions  map[*session]struct{}

	mem   memory
	ends  ends
	taps  taps
	stats counters
}

// An Opener prepares a connection before it is relayed, for TLS for example. The connections
// that Open returns are relayed from then on; they may be its arguments. Open reports the bytes
// that it forwards itself to tap. An error ends the connection.
type Opener interface {
	Open(ctx context.Context, client, upstream net.Conn, tap tls.Tap) (c, u net.Conn, err error)
}

// Serve relays the connections that l accepts until ctx is done. Then it stops accepting, and
// returns when all open connections have ended; Close ends them immediately. Serve closes l. It
// may be called for several listeners.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	p.once.Do(p.start)
	defer hangUp(l)
	if err := p.check(ctx, l); err != nil {
		return err
	}
	if !p.listen(l) {
		return fmt.Errorf("proxy on %s: %w", l.Addr(), net.ErrClosed)
	}
	defer p.unlisten(l)
	stop := context.AfterFunc(ctx, func() { hangUp(l) })
	defer stop()

	var wg sync.WaitGroup
	err := p.accept(ctx, l, &wg)
	if werr := p.wait(&wg); err == nil {
		err = werr
	}
	if err == nil {
		err = p.taps.failure()
	}
	return err
}

// Close immediately ends all connections and all calls of Serve. What was read until then still
// reaches the Sink, if that returns within seconds.
func (p *Proxy) Close() error {
	p.once.Do(p.start)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	close(p.closing)
	p.cancel()
	for l := range p.listeners {
		hangUp(l)
	}
	for s := range p.sessions {
		go s.end(capture.EndOfCapture)
	}
	return nil
}

// start initializes the unexported fields.
func (p *Proxy) start() {
	p.log = p.Log
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.MaxConns > 0 {
		p.slots = make(chan struct{}, p.MaxConns)
	}
	p.closing = make(chan struct{})
	p.base, p.cancel = context.WithCancel(context.Background())
	p.listeners = map[net.Listener]struct{}{}
	p.sessions = map[*session]struct{}{}
	p.mem.init()
	p.ends.init()
	p.taps.p = p
}

func (p *Proxy) listen(l net.Listener) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.listeners[l] = struct{}{}
	}
	return !p.closed
}

func (p *Proxy) unlisten(l net.Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.listeners, l)
}

// wait returns when all connections have ended and this was reported to the Sink. After Close it
// waits for a few seconds only.
func (p *Proxy) wait(wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-p.closing:
	}
	timeout := time.NewTimer(sinkTimeout)
	defer timeout.Stop()
	select {
	case <-done:
		return nil
	case <-timeout.C:
		return fmt.Errorf("proxy: the sink did not return within %s after the end; its copy may be incomplete", sinkTimeout)
	}
}

// Note adds a remark to the copies of the traffic: to the open connections, or if there are
// none, to the next one.
func (p *Proxy) Note(text string) { p.taps.note(text) }

// counters holds the live values of Stats.
type counters struct {
	open, total, failed atomic.Int64
	octets              [2]atomic.Int64
}

// Stats holds the counters of a Proxy.
type Stats struct {
	Open   int64    // connections now
	Total  int64    // connections since the start
	Failed int64    // connections without an upstream, or refused
	Octets [2]int64 // bytes forwarded, by capture.Direction
}

// Stats returns the current counters. It may be called at any time.
func (p *Proxy) Stats() Stats {
	c := &p.stats
	s := Stats{Open: c.open.Load(), Total: c.total.Load(), Failed: c.failed.Load()}
	for d := range s.Octets {
		s.Octets[d] = c.octets[d].Load()
	}
	return s
}
