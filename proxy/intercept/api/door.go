package api

import (
	"net"
	"sync"
)

// A Door is a net.Listener that can be shut and opened again: while it is shut, connections to
// its address are refused. Its methods may be called concurrently.
type Door struct {
	addr   net.Addr
	listen func() (net.Listener, error) // on addr

	mu     sync.Mutex
	l      net.Listener  // nil while it is shut
	opened chan struct{} // closed when it is opened, or closed for good
	closed bool
}

// NewDoor returns an open Door for a listener. listen listens on its address again.
func NewDoor(l net.Listener, listen func(addr string) (net.Listener, error)) *Door {
	addr := l.Addr()
	return &Door{
		addr: addr, l: l, opened: make(chan struct{}),
		listen: func() (net.Listener, error) { return listen(addr.String()) },
	}
}

// Addr implements net.Listener.
func (d *Door) Addr() net.Addr { return d.addr }

// isOpen reports whether it accepts connections.
func (d *Door) isOpen() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.l != nil
}

// Shut refuses connections from now on. Those that exist are not concerned.
func (d *Door) shut() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.l == nil {
		return nil
	}
	l := d.l
	d.l, d.opened = nil, make(chan struct{})
	return l.Close()
}

// Open accepts connections again. The error is that of listening, or net.ErrClosed.
func (d *Door) Open() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return net.ErrClosed
	case d.l != nil:
		return nil
	}
	if d.l, err = d.listen(); err != nil {
		d.l = nil
		return err
	}
	close(d.opened)
	return nil
}

// Close implements net.Listener.
func (d *Door) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return net.ErrClosed
	}
	d.closed = true
	if d.l == nil {
		close(d.opened)
		return nil
	}
	l := d.l
	d.l = nil
	return l.Close()
}

// Accept implements net.Listener. It waits while the Door is shut.
func (d *Door) Accept() (net.Conn, error) {
	for {
		d.mu.Lock()
		l, opened, closed := d.l, d.opened, d.closed
		d.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if l == nil {
			<-opened
			continue
		}
		c, err := l.Accept()
		if err != nil && d.isOther(l) {
			continue
		}
		return c, err
	}
}

// isOther reports whether the Door has replaced a listener, or shut it.
func (d *Door) isOther(l net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.l != l
}
