package breakage

import (
	"strings"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// watch follows the connections of a proxy. It is a decode.Handler, called in one goroutine;
// the others read what it found.
type watch struct {
	mu      sync.Mutex
	conns   map[capture.ConnID]*seen
	changed chan struct{} // is sent to, without waiting, when a connection has ended
}

// seen is what was seen of a connection.
type seen struct {
	opened   time.Time
	server   bool      // it is the server's leg of another one
	acted    time.Time // when a fault acted first; zero: none did
	sent     int       // commands of the client before that
	commands int
	ok       int           // commands after it that were answered OK
	logout   bool          // the client ended the session after it
	last     time.Time     // when the client did something last
	silent   time.Duration // the longest time in which it did nothing, after the fault
	heard    time.Time     // when either side did something last
	how      string
	ended    time.Time // zero: it is open
}

func newWatch() *watch {
	return &watch{conns: make(map[capture.ConnID]*seen), changed: make(chan struct{}, 1)}
}

// Open implements decode.Handler.
func (w *watch) Open(c capture.Conn) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[c.ID] = &seen{opened: c.Start, last: c.Start, heard: c.Start}
	return nil
}

// Events implements decode.Handler.
func (w *watch) Events(id capture.ConnID, events []decode.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.conns[id]
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Note:
			c.note(e)
		case *decode.Message:
			c.message(e)
		case *decode.Transaction:
			if e.N > c.sent && !c.acted.IsZero() && protocol.Lookup(protocol.Completion, e.Status).Does(protocol.Succeeds) && !e.Row.Does(protocol.LogsOut) {
				c.ok++
			}
		case *decode.HalfClosed:
			if e.Dir == capture.ClientToServer {
				c.active(e.Time)
			}
		case *decode.Closed:
			c.active(e.Time)
			c.how, c.ended = e.How(), e.Time
			select {
			case w.changed <- struct{}{}:
			default:
			}
		}
	}
	return nil
}

func (c *seen) note(n *decode.Note) {
	switch {
	case strings.HasPrefix(n.Text, capture.ClientLegIs):
		c.server = true
	case strings.HasPrefix(n.Text, capture.ByFault) && c.acted.IsZero():
		c.acted, c.last, c.sent = n.Time, n.Time, c.commands
		c.heard = n.Time
	}
}

func (c *seen) message(m *decode.Message) {
	c.heard = m.End
	if m.Dir != capture.ClientToServer {
		return
	}
	c.active(m.Time)
	if m.Kind == decode.Request {
		c.commands++
		c.logout = c.logout || !c.acted.IsZero() && m.Row.Does(protocol.LogsOut)
	}
}

// active records that the client did something.
func (c *seen) active(at time.Time) {
	if !at.After(c.last) {
		return
	}
	if !c.acted.IsZero() {
		c.silent = max(c.silent, at.Sub(c.last))
	}
	c.last = at
}

// evidence adds up what was seen of connections until now. It reports whether all of them have
// ended.
func (w *watch) evidence(ids []capture.ConnID, now time.Time) (e Evidence, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	over = true
	var first, last, heard time.Time // when the fault acted first, and the client and either side last
	for _, id := range ids {
		e.Conns = append(e.Conns, int64(id))
		c := w.conns[id]
		if c == nil {
			over = false
			continue
		}
		over = over && !c.ended.IsZero()
		e.Commands += c.commands
		last, heard = later(last, c.last), later(heard, c.heard)
		if c.acted.IsZero() {
			continue
		}
		if first.IsZero() || c.acted.Before(first) {
			first = c.acted
		}
		silent := c.silent
		if c.ended.IsZero() {
			silent = max(silent, now.Sub(c.last))
		}
		e.After += c.commands - c.sent
		e.OKAfter += c.ok
		e.Logout = e.Logout || c.logout
		e.EndedBy = c.how
		e.SilentMS = max(e.SilentMS, silent.Milliseconds())
	}
	for _, id := range ids {
		if c := w.conns[id]; c != nil && !first.IsZero() && c.opened.After(first) {
			e.Again++
		}
	}
	if len(ids) > 0 {
		e.IdleMS, e.QuietMS = max(0, now.Sub(last).Milliseconds()), max(0, now.Sub(heard).Milliseconds())
	}
	return e, over
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// forget drops what was kept of connections that have ended: those that are judged, and the
// server's legs.
func (w *watch) forget(ids []capture.ConnID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		delete(w.conns, id)
	}
	for id, c := range w.conns {
		if c.server && !c.ended.IsZero() {
			delete(w.conns, id)
		}
	}
}
