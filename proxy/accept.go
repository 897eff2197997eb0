package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"imapscope/capture"
)

// Pauses after a temporary error of Accept: the first and the longest.
const (
	acceptPause    = 5 * time.Millisecond
	acceptPauseMax = time.Second
)

// accept starts a session for each connection until ctx is done or Close is called. At
// MaxConns it stops accepting: the next client waits in the kernel's backlog.
func (p *Proxy) accept(ctx context.Context, l net.Listener, wg *sync.WaitGroup) error {
	short := shortage{log: p.log, at: l.Addr()}
	for p.slot(ctx) {
		c, err := l.Accept()
		if err == nil {
			short.over()
			p.begin(l, c, wg)
			continue
		}
		p.free()
		if ctx.Err() != nil || p.isClosed() {
			return nil
		}
		if !isTemporary(err) {
			return fmt.Errorf("accepting connections on %s: %w", l.Addr(), err)
		}
		if !p.sleep(ctx, short.again(err)) {
			return nil
		}
	}
	return nil
}

// begin starts a session for a connection.
func (p *Proxy) begin(l net.Listener, c net.Conn, wg *sync.WaitGroup) {
	wg.Add(1)
	s := newSession(p, l, c, wg)
	p.stats.open.Add(1)
	p.stats.total.Add(1)
	p.mu.Lock()
	p.sessions[s] = struct{}{}
	closed := p.closed
	p.mu.Unlock()
	if closed {
		s.end(capture.EndOfCapture)
	}
	go s.run()
}

// slot waits until another connection is allowed. It returns false if ctx is done or the
// Proxy is closed.
func (p *Proxy) slot(ctx context.Context) bool {
	if ctx.Err() != nil || p.isClosed() {
		return false
	}
	if p.slots == nil {
		return true
	}
	select {
	case p.slots <- struct{}{}:
		if n := p.full.ended(); n > 0 {
			p.log.Info("new connections no longer wait", "limit", p.MaxConns, "reached", n)
		}
		return true
	default:
	}
	if p.full.reached() {
		p.log.Warn("connection limit reached; new connections wait until one ends", "limit", p.MaxConns)
	}
	select {
	case p.slots <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-p.closing:
	}
	return false
}

// free releases the slot of a connection.
func (p *Proxy) free() {
	if p.slots != nil {
		<-p.slots
	}
}

func (p *Proxy) isClosed() bool {
	select {
	case <-p.closing:
		return true
	default:
		return false
	}
}

func (p *Proxy) sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-p.closing:
	}
	return false
}

// A fullness records whether connections have reached their limit of late: a proxy at its limit
// would otherwise report it with each connection that ends.
type fullness struct {
	mu    sync.Mutex
	times int // since it began; 0: the limit is not reached
	last  time.Time
}

// fullFor is how long the limit must not be reached for the state to end.
const fullFor = 10 * time.Second

// reached records that the limit is reached and reports whether this is news.
func (f *fullness) reached() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times++
	f.last = time.Now()
	return f.times == 1
}

// ended returns how often the limit was reached, if that has just ended.
func (f *fullness) ended() (times int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times == 0 || time.Since(f.last) < fullFor {
		return 0
	}
	times, f.times = f.times, 0
	return times
}

// isTemporary reports whether err is a shortage (descriptors, memory) or an aborted
// connection, rather than a closed listener.
func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return !errors.Is(err, net.ErrClosed) && errors.As(err, &t) && t.Temporary()
}
