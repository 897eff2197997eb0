package fallback

import (
	"net"
	"sync"
	"time"
)

// ownConn is the server's end of a connection. It has no deadlines: Close ends a
// conversation, not a client's silence.
type ownConn struct {
	net.Conn
	account *account      // who is logged in from the beginning; nil: nobody
	asks    chan struct{} // the server waits for the client
	gone    chan struct{} // closed when the server has let go of it
	once    sync.Once

	mu    sync.Mutex
	waits bool  // the server waits for bytes
	read  int64 // bytes
	wrote int64
}

// Close implements net.Conn.
func (c *ownConn) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

// SetReadDeadline implements net.Conn.
func (*ownConn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.Conn.
func (*ownConn) SetWriteDeadline(time.Time) error { return nil }

// Read implements net.Conn.
func (c *ownConn) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.waits = true
	c.mu.Unlock()
	select {
	case c.asks <- struct{}{}:
	default:
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits = false
	c.read += int64(n)
	return n, err
}

// Write implements net.Conn. It never fails: after an error in the middle of a response,
// imapserver would wait forever for a lock of its own. The next Read ends it.
func (c *ownConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.wrote += int64(len(p))
	c.mu.Unlock()
	_, _ = c.Conn.Write(p)
	return len(p), nil
}

// asking reports whether the server waits for more, although it has got all bytes that were
// sent, and all that it wrote was heard.
func (c *ownConn) asking(sent, heard int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waits && c.read == sent && c.wrote == heard
}

// oneConn is a listener that accepts one connection.
type oneConn struct{ conn *ownConn }

// Accept implements net.Listener.
func (l *oneConn) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, net.ErrClosed
	}
	c := l.conn
	l.conn = nil
	return c, nil
}

// Close implements net.Listener.
func (l *oneConn) Close() error { return nil }

// Addr implements net.Listener.
func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// pump reads a connection to its end, so that the server never waits for its reader.
type pump struct {
	news chan struct{} // something was read
	done chan struct{} // closed when nothing more will be

	mu   sync.Mutex
	data []byte // not taken yet
	all  int64  // bytes, data included
}

func newPump(c net.Conn) *pump {
	p := &pump{news: make(chan struct{}, 1), done: make(chan struct{})}
	go p.run(c)
	return p
}

// run reads until the connection ends. It closes it when an answer is too long.
func (p *pump) run(c net.Conn) {
	defer close(p.done)
	defer c.Close()
	buf := make([]byte, 16<<10)
	for {
		n, err := c.Read(buf)
		p.mu.Lock()
		p.data = append(p.data, buf[:n]...)
		p.all += int64(n)
		full := len(p.data) > maxAnswer
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
		if err != nil || full {
			return
		}
	}
}

// total returns the number of bytes read.
func (p *pump) total() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all
}

// take returns what was read since the last call.
func (p *pump) take() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.data
	p.data = nil
	return b
}
