package conform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Bounds of what a server may send.
const (
	// maxAnswer is how many bytes a server may send during one step.
	maxAnswer = 32 << 20
	// maxData is how many untagged responses it may send then.
	maxData = 100_000
	// keepBytes is how much of each message is kept.
	keepBytes = 256 << 10
	// maxLog and maxLogged are how many messages of a step are kept for its report, and how many
	// bytes of them.
	maxLog    = 200
	maxLogged = 1 << 20
	// maxKept is how many bytes of messages are kept of all steps that failed.
	maxKept = 64 << 20
	// maxTimes bounds the whole of a wait, in Timeouts.
	maxTimes = 10
	// strayGrace is how long after a response with an unknown tag the right one may still
	// arrive.
	strayGrace = time.Second
)

// conn is a connection with the server.
type conn struct {
	id      capture.ConnID
	net     net.Conn
	timeout time.Duration
	sink    capture.Sink
	sinkMu  *sync.Mutex   // sinks are used by one connection at a time
	news    chan struct{} // something was received
	over    chan struct{} // closed when nothing more will be received

	mu      sync.Mutex
	dec     *decode.Decoder
	pos     [2]int64
	last    time.Time // when a byte was last received or sent
	readErr error
	greeted *decode.Message
	replies map[string]*decode.Message
	stray   string // the tag of a response to no command
	strayAt time.Time

	// Of the step that runs.
	heard   int64
	ready   int
	data    []*arrived
	removed []uint64 // messages, by their numbers when the step began, in order
	log     []*decode.Message
	logged  int64
	omitted int // messages that are not in log

	compared int // of data

	tags int
	used int    // "+" that were waited for
	dead string // why it is not used any more
}

// arrived is untagged data as it arrived.
type arrived struct {
	*decode.Message

	original uint64
}

// connect begins a connection, and reports it to sink.
func (r *Runner) connect(ctx context.Context) (*conn, error) {
	n, greeting, err := r.Dial(ctx)
	if err != nil {
		return nil, err
	}
	r.conns++
	c := &conn{
		id: r.conns, net: n, timeout: r.timeout(), sink: r.sink, sinkMu: &r.sinkMu,
		news: make(chan struct{}, 1), over: make(chan struct{}),
		dec:  decode.New(decode.Options{Keep: keepBytes, Dialect: r.Dialect}),
		last: time.Now(), replies: make(map[string]*decode.Message),
	}
	info := capture.Conn{ID: c.id, Start: c.last, Origin: "conform"}
	info.Client, info.Server = addrPort(n.LocalAddr()), addrPort(n.RemoteAddr())
	c.report(&capture.Event{Kind: capture.Opened, Time: c.last, Info: &info})
	c.receive(greeting)
	go c.read()
	return c, nil
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}

// report passes a fact to the sink, whose error does not stop the run.
func (c *conn) report(e *capture.Event) {
	c.sinkMu.Lock()
	defer c.sinkMu.Unlock()
	e.Conn = c.id
	_ = c.sink.Event(e)
}

// close ends the connection.
func (c *conn) close() {
	if c == nil {
		return
	}
	c.net.Close()
	<-c.over
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dec.Close(time.Now(), capture.FIN)
	c.report(&capture.Event{Kind: capture.Closed, Time: time.Now(), Cause: capture.FIN})
}

// read receives until the connection ends.
func (c *conn) read() {
	defer close(c.over)
	buf := make([]byte, 32<<10)
	for {
		n, err := c.net.Read(buf)
		if !c.receive(buf[:n]) && err == nil {
			err = errTooMuch
		}
		if err != nil {
			c.mu.Lock()
			c.readErr = err
			c.mu.Unlock()
			return
		}
	}
}

var errTooMuch = fmt.Errorf("the answer does not end after %d MiB", maxAnswer>>20)

// receive decodes bytes of the server. It returns false if there are too many.
func (c *conn) receive(p []byte) bool {
	if len(p) == 0 {
		return true
	}
	c.mu.Lock()
	c.heard += int64(len(p))
	c.feed(capture.ServerToClient, p)
	within := c.heard <= maxAnswer && len(c.data) <= maxData
	c.mu.Unlock()
	select {
	case c.news <- struct{}{}:
	default:
	}
	return within
}

// feed decodes bytes of either side. The lock must be held.
func (c *conn) feed(dir capture.Direction, p []byte) {
	now := time.Now()
	c.last = now
	c.report(&capture.Event{Kind: capture.Data, Dir: dir, Time: now, Off: c.pos[dir], Data: p})
	c.pos[dir] += int64(len(p))
	for _, ev := range c.dec.Write(dir, now, p) {
		switch ev := ev.(type) {
		case *decode.Message:
			c.message(ev)
		case *decode.Transaction:
			if ev.Outcome == decode.Orphan {
				c.stray, c.strayAt = ev.Tag, now
				if ev.SecretTag {
					c.stray = "(secret)"
				}
			}
		}
	}
}

// message records a message of the step. The lock must be held.
func (c *conn) message(m *decode.Message) {
	if len(c.log) == maxLog || c.logged > maxLogged {
		c.omitted++
	} else {
		c.log = append(c.log, m.Clone())
		c.logged += int64(len(m.Raw))
	}
	if m.Dir == capture.ClientToServer {
		return
	}
	switch m.Kind {
	case decode.Greeting:
		c.greeted = m.Clone()
		c.data = append(c.data, &arrived{Message: c.greeted})
	case decode.Ready:
		c.ready++
	case decode.Tagged:
		c.replies[string(m.Tag)] = m.Clone()
	case decode.Untagged:
		if len(c.data) <= maxData {
			c.data = append(c.data, &arrived{Message: m.Clone(), original: c.original(m)})
		}
	}
}

// original returns the number that the message of untagged data had when the step began.
func (c *conn) original(m *decode.Message) uint64 {
	if m.Row == nil || !m.Row.Does(protocol.Removes) && !m.Row.Does(protocol.Describes) {
		return 0
	}
	n := uint64(m.Number)
	for _, gone := range c.removed {
		if gone <= n {
			n++
		}
	}
	if m.Row.Does(protocol.Removes) {
		i, _ := slices.BinarySearch(c.removed, n)
		c.removed = slices.Insert(c.removed, i, n)
	}
	return n
}

// endStep forgets what the step received. What arrives from now on belongs to the next one.
func (c *conn) endStep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard, c.ready, c.used, c.omitted, c.logged, c.compared = 0, 0, 0, 0, 0, 0
	c.data, c.removed, c.log, c.stray = nil, nil, nil, ""
	clear(c.replies)
}

// received returns the untagged data of the step so far.
func (c *conn) received() []*arrived {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.data)
}

// send sends bytes. The decoder sees them first, so that no answer precedes them.
func (c *conn) send(p []byte) error {
	c.mu.Lock()
	c.feed(capture.ClientToServer, p)
	c.mu.Unlock()
	if err := c.net.SetWriteDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	_, err := c.net.Write(p)
	return err
}

// await waits until done, which is called with the lock held, returns true. It returns why
// it does not.
func (c *conn) await(ctx context.Context, what string, done func() bool) error {
	from := time.Now()
	for {
		c.mu.Lock()
		ok, idle, stray, strayAt := done(), time.Since(c.last), c.stray, c.strayAt
		if c.last.Before(from) {
			idle = time.Since(from)
		}
		c.mu.Unlock()
		wait := c.timeout - idle
		switch {
		case ok:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case idle >= c.timeout || time.Since(from) >= maxTimes*c.timeout:
			return fmt.Errorf("no %s within %s", what, c.timeout)
		case stray != "" && time.Since(strayAt) >= strayGrace:
			return fmt.Errorf("no %s, but a response with the tag %s, which no command has", what, stray)
		case stray != "":
			wait = min(wait, strayGrace-time.Since(strayAt))
		}
		if !c.pause(ctx, wait) && ctx.Err() == nil {
			c.mu.Lock()
			ok, err := done(), c.readErr
			c.mu.Unlock()
			if !ok {
				return fmt.Errorf("no %s: %w", what, ended(err))
			}
		}
	}
}

// ended returns how a connection ended, in words.
func ended(err error) error {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return errors.New("the server reset the connection")
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), err == nil:
		return errors.New("the server closed the connection")
	}
	return err
}

// pause waits until something arrives, for at most d. It returns false if nothing more will.
func (c *conn) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, time.Millisecond))
	defer t.Stop()
	select {
	case <-c.news:
	case <-t.C:
	case <-c.over:
		return false
	case <-ctx.Done():
	}
	return true
}

// isOver reports whether the server has ended the connection.
func (c *conn) isOver() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}
