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

// Defaults of Proxy's fields, and how long things take at most.
const (
	DefaultDialTimeout = 10 * time.Second

	lookupTimeout = 2 * time.Second // for the upstream's name before the first connection
	headerTimeout = 5 * time.Second // for a PROXY header to arrive
	resetTimeout  = time.Second     // for what was read before a reset to be handed on
	closeTimeout  = time.Second     // for a client to see that there is no upstream
	sinkTimeout   = 4 * time.Second // for the Sink after Close
)

// Proxy relays connections. Its fields are set before Serve and not changed
// after; the zero value of each but Target does nothing or has a default.
type Proxy struct {
	// Target is where connections go on to.
	Target Target

	// Dial connects to the upstream. Nil is a net.Dialer; Mark applies to that one.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// Opener is what comes before free relaying: TLS. Nil is nothing.
	Opener Opener

	// Sink receives every fact about the connections: bytes before they are written
	// on, the two directions of a connection never at once. It is called in line, so
	// it must not wait: a capture.Queue goes before whatever may. Nil is nowhere:
	// bytes may then pass without being copied into this process.
	//
	// An error of Sink ends all copies: it is logged once, no further call is made,
	// and Serve returns it at its end.
	Sink capture.Sink

	DialTimeout time.Duration // 0 is DefaultDialTimeout, less than 0 is none
	IdleTimeout time.Duration // ends connections that were silent for so long; 0 is never
	MaxConns    int           // no more are accepted meanwhile; 0 is any number

	AcceptProxyProtocol bool // clients must begin with a PROXY header, v1 or v2
	SendProxyProtocol   int  // the version of the PROXY header sent to the upstream, 0 is none

	// Mark is set on outgoing connections (SO_MARK, Linux), so that a rule can leave
	// the proxy's own traffic alone. 0 is none.
	Mark int

	Log *slog.Logger // nil is silence

	once    sync.Once
	log     *slog.Logger
	slots   chan struct{} // one per connection, if there is a limit
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

// Opener does what comes before free relaying, like TLS. The connections it
// returns are relayed from then on; they may be the ones it was given. What it
// passes on itself it tells the tap. An error ends the connection.
type Opener interface {
	Open(ctx context.Context, client, upstream net.Conn, tap tls.Tap) (c, u net.Conn, err error)
}

// Serve relays the connections that l accepts until ctx is done; then it accepts
// no more and returns when those that are left have ended. Close ends them at
// once. Serve closes l. It may be called for several listeners.
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

// Close ends all connections and every Serve at once. What was read until then
// still reaches the Sink, if that returns within seconds.
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

// start makes what the fields only imply.
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

// wait returns when all connections have ended and the Sink knows it. After Close
// the Sink has a few seconds.
func (p *Proxy) wait(wg *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-p.closing:
	}
	patience := time.NewTimer(sinkTimeout)
	defer patience.Stop()
	select {
	case <-done:
		return nil
	case <-patience.C:
		return fmt.Errorf("proxy: whatever takes the copies did not return %s after the end; the last ones may be missing", sinkTimeout)
	}
}

// counters are Stats while they change.
type counters struct {
	open, total, failed atomic.Int64
	octets              [2]atomic.Int64
}

// Stats is a Proxy's live figures.
type Stats struct {
	Open   int64    // connections now
	Total  int64    // connections since the start
	Failed int64    // connections that found no upstream, or were refused
	Octets [2]int64 // forwarded, by capture.Direction
}

// Stats reads the figures. It may be called at any time.
func (p *Proxy) Stats() Stats {
	c := &p.stats
	s := Stats{Open: c.open.Load(), Total: c.total.Load(), Failed: c.failed.Load()}
	for d := range s.Octets {
		s.Octets[d] = c.octets[d].Load()
	}
	return s
}
