package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/proxy/tls"
)

// errClosing ends a connection that was accepted during Close.
var errClosing = errors.New("the proxy is closing")

// A session is one relayed connection: the client's, the upstream's, and the traffic between
// them.
//
//	run: header ─> tap ─> dial ─> header ─> Opener ─> two pumps or the Hook ─> finish
type session struct {
	p    *Proxy
	l    net.Listener
	wg   *sync.WaitGroup
	from time.Time

	raw    net.Conn // the accepted connection
	dialed net.Conn // the connection to the upstream, before the Opener
	client net.Conn // the relayed connections, after header and Opener
	server net.Conn
	caller netip.AddrPort // the client's address, from the header or the socket
	called netip.AddrPort // the address it dialled
	came   way
	tap    *tap
	wire   *wire // client, below its TLS; nil without Proxy.Wire

	pumps atomic.Int32
	seen  atomic.Int64 // when bytes were last forwarded, in Unix nanoseconds
	idle  *time.Timer

	mu     sync.Mutex
	cause  capture.Cause // the first reason to end
	broken bool          // one side was reset
	force  *time.Timer   // aborts a session that hangs after a reset
}

func newSession(p *Proxy, l net.Listener, c net.Conn, wg *sync.WaitGroup) *session {
	return &session{
		p: p, l: l, wg: wg, raw: c, client: c, from: time.Now(),
		caller: addrPort(c.RemoteAddr()), called: addrPort(c.LocalAddr()),
	}
}

// run sets up the connection and starts the pumps; the last pump to end finishes the session.
// This way run's stack is not kept while a connection is idle.
func (s *session) run() {
	to, err := s.target()
	if err == nil {
		err = s.readHeader()
	}
	s.tap = newTap(&s.p.taps, s.conn())
	s.tapWire()
	if err == nil {
		err = s.connect(to)
	}
	if err != nil {
		s.refuse(err)
		return
	}
	if s.p.Hook != nil {
		s.hooked()
		return
	}
	s.pumps.Store(2)
	go s.pump(capture.ClientToServer, s.client, s.server)
	go s.pump(capture.ServerToClient, s.server, s.client)
}

// conn returns the connection as it is reported, without its number.
func (s *session) conn() capture.Conn {
	return capture.Conn{Client: s.caller, Server: s.called, Start: s.from, Origin: "proxy " + s.l.Addr().String()}
}

// tapWire puts a wire below what comes next on the client's connection, if there is a Sink for
// it.
func (s *session) tapWire() {
	if s.tap.wire == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire = &wire{Conn: s.client, tap: s.tap.wire}
	s.client = s.wire
}

// connect dials the upstream and calls the Opener.
func (s *session) connect(to string) error {
	u, err := s.dial(to)
	if err != nil {
		return err
	}
	if !s.join(u) {
		return errClosing
	}
	if err := s.p.ends.dialed(s.l, u); err != nil {
		return err
	}
	s.tap.Note(time.Now(), fmt.Sprintf("upstream %s from %s", u.RemoteAddr(), u.LocalAddr()))
	if err := s.sendHeader(u); err != nil {
		return err
	}
	s.watch()
	s.p.log.Debug("connected", "client", s.caller, "dialled", s.called, "upstream", u.RemoteAddr().String())
	if s.p.Opener == nil {
		return nil
	}
	c, u, err := s.p.Opener.Open(s.p.base, s.client, u, opening{s})
	if err != nil {
		return err
	}
	s.client, s.server = c, u
	return nil
}

// opening is the tap of the Opener, which may relay for as long as the connection lasts.
type opening struct{ *session }

// Chunk implements tls.Tap.
func (o opening) Chunk(dir capture.Direction, t time.Time, p []byte) {
	o.touch(t)
	o.tap.Chunk(dir, t, p)
}

// Note implements tls.Tap.
func (o opening) Note(t time.Time, text string) { o.tap.Note(t, text) }

// dial connects to the upstream, within DialTimeout.
func (s *session) dial(to string) (net.Conn, error) {
	ctx, timeout := s.p.base, s.p.DialTimeout
	if timeout == 0 {
		timeout = DefaultDialTimeout
	}
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	dial := s.p.Dial
	if dial == nil {
		dial = s.p.dialer(s.l).DialContext
	}
	u, err := dial(ctx, "tcp", to)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) && ctx.Err() == context.DeadlineExceeded {
		return nil, fmt.Errorf("upstream %s did not answer within %s", to, timeout)
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to upstream %s: %w", to, err)
	}
	return u, nil
}

// register registers the client's connection for loop detection, unless the session has ended.
func (s *session) register(w way) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != 0 {
		return errClosing
	}
	err := s.p.ends.accepted(w)
	if err == nil {
		s.came = w
	}
	return err
}

// join adds the upstream's connection to the session. It returns false, and closes u, if the
// session has ended.
func (s *session) join(u net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialed, s.server = u, u
	if s.cause != 0 {
		s.p.ends.forget(s.came, u)
		hangUp(u)
	}
	return s.cause == 0
}

// clientError is an error that is the client's fault.
type clientError struct{ error }

// blamed returns how the note about a connection that is not relayed begins.
func blamed(err error) string {
	var own *clientError
	var secure *tls.ClientError
	if errors.As(err, &own) || errors.As(err, &secure) {
		return capture.NoClient
	}
	return capture.NoServer
}

// refuse ends a connection without an upstream: the client sees an orderly close.
func (s *session) refuse(err error) {
	if !s.p.isClosed() {
		s.p.stats.failed.Add(1)
		s.p.log.Warn("connection refused", "client", s.caller, "dialled", s.called, "error", err)
	}
	s.tap.Note(time.Now(), blamed(err)+err.Error())
	s.mu.Lock()
	ended, u := s.cause != 0, s.dialed
	s.mu.Unlock()
	if u != nil {
		hangUp(u)
	}
	if !ended {
		closeOrderly(s.raw)
	}
	s.end(capture.FIN)
	s.finish()
}

// end closes both sides and records the cause; the first cause wins.
func (s *session) end(cause capture.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause == 0 {
		s.cause = cause
		s.p.ends.forget(s.came, s.dialed) // before the system can reuse the port
	}
	s.wire.end()
	hangUp(s.raw)
	if s.dialed != nil {
		hangUp(s.dialed)
	}
}

// pumped is called when a pump ends. The second call finishes the session.
func (s *session) pumped() {
	if s.pumps.Add(-1) > 0 {
		return
	}
	if s.isBroken() {
		s.flush(s.client)
		s.flush(s.server)
		s.abort()
	}
	s.end(capture.FIN)
	s.finish()
}

// finish releases everything the session holds and reports its end.
func (s *session) finish() {
	p := s.p
	s.mu.Lock()
	cause := s.cause
	if s.force != nil {
		s.force.Stop()
	}
	if s.idle != nil {
		s.idle.Stop()
	}
	s.mu.Unlock()
	for _, c := range []net.Conn{s.client, s.server} {
		if c != nil {
			hangUp(c) // an Opener's connections may have more to close than a socket
		}
	}
	p.mu.Lock()
	delete(p.sessions, s)
	p.mu.Unlock()
	p.stats.open.Add(-1)
	p.free()
	s.wire.end() // an aborted Opener may have read on
	p.log.Debug("disconnected", "client", s.caller, "dialled", s.called, "cause", cause.String())
	s.tap.close(time.Now(), cause)
	s.wg.Done()
}

// addrPort returns a TCP address; the zero value for any other.
func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := t.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
