package run

import (
	"context"
	"fmt"
	"net"
	"sort"
	"strings"
	"sync"

	"imapscope/proxy"
	"imapscope/proxy/tls"
)

// merged is a net.Listener that accepts from several. Its address is that of the first.
type merged struct {
	of    []net.Listener
	conns chan accepted
	once  sync.Once
	over  chan struct{}
	all   sync.WaitGroup
}

type accepted struct {
	conn net.Conn
	err  error
}

func merge(of ...net.Listener) *merged {
	m := &merged{of: of, conns: make(chan accepted), over: make(chan struct{})}
	for _, l := range of {
		m.all.Go(func() { m.accept(l) })
	}
	return m
}

func (m *merged) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		select {
		case m.conns <- accepted{c, err}:
		case <-m.over:
			if c != nil {
				c.Close()
			}
			return
		}
	}
}

// Accept implements net.Listener.
func (m *merged) Accept() (net.Conn, error) {
	select {
	case a := <-m.conns:
		return a.conn, a.err
	case <-m.over:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (m *merged) Close() error {
	m.once.Do(func() {
		close(m.over)
		for _, l := range m.of {
			l.Close() //nolint:errcheck // its end is what counts
		}
		m.all.Wait()
	})
	return nil
}

// Addr implements net.Listener.
func (m *merged) Addr() net.Addr { return m.of[0].Addr() }

// byPort is the proxy's Opener: connections that come to one port of ours have TLS from the
// first byte on, the others have not. Without an Opener they are relayed as they are.
type byPort struct {
	port      int
	implicit  proxy.Opener
	otherwise proxy.Opener
}

// Open implements proxy.Opener.
func (o *byPort) Open(ctx context.Context, client, upstream net.Conn, tap tls.Tap) (c, u net.Conn, err error) {
	next := o.otherwise
	if localPort(client) == o.port {
		next = o.implicit
	}
	if next == nil {
		return client, upstream, nil
	}
	return next.Open(ctx, client, upstream, tap)
}

func localPort(c net.Conn) int {
	if a, ok := c.LocalAddr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// maxOthers is how many destinations others names.
const maxOthers = 20

// others counts the connections that were relayed and not looked at, by destination.
type others struct {
	mu    sync.Mutex
	count map[string]int
	total int
}

// Open implements proxy.Opener.
func (o *others) Open(_ context.Context, client, upstream net.Conn, _ tls.Tap) (c, u net.Conn, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.total++
	to := upstream.RemoteAddr().String()
	if o.count == nil {
		o.count = map[string]int{}
	}
	if _, ok := o.count[to]; ok || len(o.count) < maxOthers {
		o.count[to]++
	}
	return client, upstream, nil
}

// String returns the sentence about them; "" if there were none.
func (o *others) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.total == 0 {
		return ""
	}
	var to []string
	named := 0
	for a, n := range o.count {
		to = append(to, fmt.Sprintf("%s (%d)", a, n))
		named += n
	}
	sort.Strings(to)
	if more := o.total - named; more > 0 {
		to = append(to, fmt.Sprintf("others (%d)", more))
	}
	return "relayed and not shown, because their ports are not those of IMAP (--port, --tls-port): " + strings.Join(to, ", ")
}
