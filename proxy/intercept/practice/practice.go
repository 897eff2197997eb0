// Package practice has a conversation in memory pass through an intercept.Engine, for lessons.
//
//	c := practice.Start(practice.Options{Session: server.NewSession(), Stages: []intercept.Stage{holds}, …})
//	c.Send([]byte("a1 NOOP\r\n"))
//
// # Rules
//
//   - It is the real proxy with the real engine; only the connections are pipes in memory.
//   - Sending never blocks. The Sink gets exactly the bytes that both sides send.
package practice

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/proxy"
	"imapscope/proxy/intercept"
)

// A Session is the server's side of a conversation.
type Session interface {
	// Greeting returns what the server sends first.
	Greeting() []byte
	// Write processes bytes of the client and returns the answer; more is false once the
	// conversation is over.
	Write(p []byte) (answer []byte, more bool)
}

// Options configures a Conversation. All fields must be set.
type Options struct {
	Session Session
	Stages  []intercept.Stage
	// Row is that of intercept.Options.
	Row func(*filter.Row, *capture.Conn, *decode.Message)
	// Sink gets the facts of the client's leg, which is connection 1, and once anything was
	// changed those of the server's leg. It is called for one fact at a time.
	Sink capture.Sink
	// Client, Proxy and Server are the addresses that are reported.
	Client, Proxy, Server netip.AddrPort
}

// Conversation is a conversation of a client, which is the caller, with a server.
type Conversation struct {
	client net.Conn
	wg     sync.WaitGroup
	cancel context.CancelFunc
	proxy  *proxy.Proxy

	mu      sync.Mutex
	more    sync.Cond
	queue   []byte
	greeted bool // the greeting has arrived
	closed  bool
}

// Start begins a conversation. It must be closed.
func Start(o Options) *Conversation {
	ctx, cancel := context.WithCancel(context.Background())
	near, accepted := pipe(o.Client, o.Proxy)
	c := &Conversation{client: near, cancel: cancel}
	c.more.L = &c.mu
	c.proxy = &proxy.Proxy{
		Target: proxy.Fixed(o.Server.String()),
		Hook:   intercept.New(intercept.Options{Stages: o.Stages, Row: o.Row}),
		Sink:   &oneByOne{to: o.Sink},
		Dial: func(context.Context, string, string) (net.Conn, error) {
			dialed, served := pipe(netip.AddrPortFrom(o.Proxy.Addr(), o.Client.Port()+1), o.Server)
			c.wg.Go(func() { serve(served, o.Session) })
			return dialed, nil
		},
	}
	l := &listener{addr: net.TCPAddrFromAddrPort(o.Proxy), conns: make(chan net.Conn, 1), closed: make(chan struct{})}
	l.conns <- accepted
	c.wg.Go(func() { _ = c.proxy.Serve(ctx, l) }) // what the Sink failed with, its owner knows
	c.wg.Go(c.read)
	c.wg.Go(c.write)
	return c
}

// read discards what the server sends: the Sink has it.
func (c *Conversation) read() {
	_, err := c.client.Read(make([]byte, 1))
	c.mu.Lock()
	c.greeted = true
	c.more.Signal()
	c.mu.Unlock()
	if err == nil {
		_, _ = io.Copy(io.Discard, c.client) // its end is the Sink's too
	}
}

// Send sends bytes to the server, in order and after its greeting. It does not wait until they
// have arrived.
func (c *Conversation) Send(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, p...)
	c.more.Signal()
}

// write writes what is to be sent.
func (c *Conversation) write() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for (len(c.queue) == 0 || !c.greeted) && !c.closed {
			c.more.Wait()
		}
		if c.closed {
			return
		}
		p := c.queue
		c.queue = nil
		c.mu.Unlock()
		_, err := c.client.Write(p)
		c.mu.Lock()
		if err != nil {
			return
		}
	}
}

// Close ends the conversation, and returns when everything of it was reported.
func (c *Conversation) Close() {
	c.mu.Lock()
	c.closed = true
	c.more.Signal()
	c.mu.Unlock()
	c.client.Close()
	c.cancel()
	_ = c.proxy.Close() // as Serve
	c.wg.Wait()
}

// serve plays the server's side.
func serve(conn net.Conn, s Session) {
	defer conn.Close()
	if _, err := conn.Write(s.Greeting()); err != nil {
		return
	}
	buf := make([]byte, 4<<10)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		answer, more := s.Write(buf[:n])
		if _, err := conn.Write(answer); err != nil || !more {
			return
		}
	}
}

// oneByOne is a Sink for several connections at once.
type oneByOne struct {
	mu sync.Mutex
	to capture.Sink
}

// Event implements capture.Sink.
func (s *oneByOne) Event(e *capture.Event) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Event(e)
}

// end is an end of a pipe, with addresses.
type end struct {
	net.Conn
	local, remote net.Addr
}

func (e *end) LocalAddr() net.Addr  { return e.local }
func (e *end) RemoteAddr() net.Addr { return e.remote }

// pipe returns the ends of a connection from one address to another.
func pipe(from, to netip.AddrPort) (a, b net.Conn) {
	a, b = net.Pipe()
	f, t := net.TCPAddrFromAddrPort(from), net.TCPAddrFromAddrPort(to)
	return &end{Conn: a, local: f, remote: t}, &end{Conn: b, local: t, remote: f}
}

// listener accepts connections that are put into conns.
type listener struct {
	addr   net.Addr
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *listener) Addr() net.Addr { return l.addr }
