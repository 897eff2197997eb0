package proxy

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"imapscope/capture"
)

// A wire is the client's connection below TLS. It reports what passes to Proxy.Wire.
//
// What the client sent is reported at the next call only, with the time at which it was read:
// the keys that it leads to in a handshake are known by then, and have been reported before
// the records that need them.
type wire struct {
	net.Conn
	tap *tap

	mu     sync.Mutex
	held   []byte // read and not reported yet
	at     time.Time
	closed bool // by this side: nothing is sent any more
}

// Read implements net.Conn.
func (w *wire) Read(p []byte) (int, error) {
	w.settle()
	n, err := w.Conn.Read(p)
	now := time.Now()
	w.mu.Lock()
	w.held, w.at = append(w.held, p[:n]...), now
	w.mu.Unlock()
	if errors.Is(err, io.EOF) {
		w.settle()
		w.tap.half(capture.ClientToServer, now, capture.FIN)
	}
	return n, err
}

// Write reports p and then writes it.
func (w *wire) Write(p []byte) (int, error) {
	w.settle()
	w.mu.Lock()
	if !w.closed {
		w.tap.data(capture.ServerToClient, time.Now(), p, nil)
	}
	w.mu.Unlock()
	return w.Conn.Write(p)
}

// CloseWrite passes on a half-close.
func (w *wire) CloseWrite() error {
	c, ok := w.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	w.settle()
	w.tap.half(capture.ServerToClient, time.Now(), capture.FIN)
	return c.CloseWrite()
}

// settle reports what was read.
func (w *wire) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.held) > 0 {
		w.tap.data(capture.ClientToServer, w.at, w.held, nil)
		w.held = w.held[:0]
	}
}

// end reports what was read, and makes later writes, which fail, no part of the traffic. A nil
// wire is none.
func (w *wire) end() {
	if w == nil {
		return
	}
	w.settle()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}
