package intercept

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/proxy"
)

// A Conn is a connection that passes through an Engine.
type Conn struct {
	Info capture.Conn // the client's leg

	engine *Engine
	link   *proxy.Link
	done   chan struct{}

	mu     sync.Mutex
	room   sync.Cond // signals that an outbox has become smaller, or the end
	dec    *decode.Decoder
	side   [2]side
	agents []Agent
	leg    leg
	open   outstanding
	last   int // the number of the last request's transaction
	owed   []owed
	asked  Message    // the one that agents act on
	head   Head       // that of the one that they are asked about
	row    filter.Row // of asked
	opaque bool       // no longer decoded
	inside bool       // the events of the Decoder are in use: it must not be called
	broken bool       // both sides are ended here
	ended  bool

	inserted []*Inserted // commands of the user's own that are not finished
	waiting  []*Inserted // those of them that have no place among the client's yet
	running  *Inserted   // the one that was sent last, until the server has answered
	timers   map[*time.Timer]struct{}
}

func newConn(e *Engine, l *proxy.Link) *Conn {
	c := &Conn{
		Info: l.Info, engine: e, link: l, done: make(chan struct{}),
		dec:    decode.New(decode.Options{Start: l.Info.Start, Dialect: e.opts.Dialect, Keep: e.opts.Limit + maxWaiting}),
		timers: make(map[*time.Timer]struct{}),
	}
	c.room.L = &c.mu
	c.leg.init(l)
	for _, s := range e.opts.Stages {
		if a := s.Agent(c); a != nil {
			c.agents = append(c.agents, a)
		}
	}
	return c
}

// relay relays until both directions have ended.
func (c *Conn) relay(ctx context.Context) {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.end()
	})
	defer stop()
	var wg sync.WaitGroup
	for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
		wg.Go(func() { c.pump(dir) })
	}
	<-c.done
	c.link.Close()
	wg.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for t := range c.timers {
		t.Stop()
	}
	for dir := range c.side {
		c.side[dir].box.stop()
	}
	for _, a := range c.agents {
		a.Close()
	}
	c.leg.close()
}

// End ends the connection: both sides are closed. It must not be called by agents.
func (c *Conn) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
}

// end ends the connection.
func (c *Conn) end() {
	if c.ended {
		return
	}
	c.ended = true
	c.endInserted()
	close(c.done)
	c.room.Broadcast()
}

// pump reads one direction until that ends.
func (c *Conn) pump(dir capture.Direction) {
	for {
		p, err := c.link.Read(dir)
		for at := time.Now(); len(p) > 0; {
			p = p[c.take(dir, at, p):]
			if !c.wait(dir) {
				return
			}
		}
		c.link.Release(dir)
		if err != nil {
			c.readEnded(dir, err)
			return
		}
	}
}

// wait waits until the outbox of a direction has room. It returns false at the end.
func (c *Conn) wait(dir capture.Direction) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.side[dir].box.size > maxWaiting && !c.ended {
		c.room.Wait()
	}
	return !c.ended
}

// readEnded passes on the end of a direction.
func (c *Conn) readEnded(dir capture.Direction, err error) {
	cause, end := capture.FIN, HalfClose
	if !errors.Is(err, io.EOF) {
		cause, end = capture.RST, Reset
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken || c.ended {
		return
	}
	c.arrived(capture.Event{Kind: capture.HalfClosed, Dir: dir, Time: time.Now(), Cause: cause})
	s := &c.side[dir]
	c.pass(s)
	s.ended = true
	s.box.cut = end == Reset
	s.box.push(item{end: end})
	c.write(dir)
	if dir == capture.ServerToClient {
		c.endInserted()
		c.write(capture.ClientToServer) // no "+" will come any more
	}
	if cause == capture.FIN {
		c.sideEnded(dir)
	}
}

// tooLong passes the beginning of a message that is not held back, because it is longer than the
// limit, on to the agents that follow it.
func (c *Conn) tooLong(h *Head) {
	for _, a := range c.agents {
		if a, ok := a.(interface{ tooLong(*Head) }); ok {
			a.tooLong(h)
		}
	}
}

// sideEnded passes the end of a direction on to the agents that follow it. A reset ends the
// connection, which they see anyway.
func (c *Conn) sideEnded(dir capture.Direction) {
	for _, a := range c.agents {
		if a, ok := a.(interface{ sideEnded(capture.Direction) }); ok {
			a.sideEnded(dir)
		}
	}
}

// Abort resets both sides; a note says why. Unlike the other methods, it is not for agents: it
// must be called without the connection being locked.
func (c *Conn) Abort(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.change()
	c.note(note{kind: capture.ByEdit, text: why})
	c.breakOff(capture.ServerToClient, capture.RST, c.link.Reset)
}

// breakOff ends both directions, dir first. Neither side asked for it: each sees an end that the
// other one has not sent.
func (c *Conn) breakOff(dir capture.Direction, cause capture.Cause, how func()) {
	c.broken = true
	for _, d := range []capture.Direction{dir, dir.Reverse()} {
		b := &c.side[d].box
		b.over = true
		b.drop()
		c.leftEnd(d, cause)
	}
	c.mu.Unlock()
	how()
	c.mu.Lock()
	c.end()
}

// Wake makes the connection ask its gates again.
func (c *Conn) Wake() {
	for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
		go c.flush(dir)
	}
}

// After calls f after a time, with the connection locked, unless the connection has ended.
func (c *Conn) After(d time.Duration, f func()) {
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, t)
		if !c.ended {
			f()
		}
	})
	c.timers[t] = struct{}{}
}

// Inject sends raw, a whole message or several, in a direction once the message in progress has
// ended. It is called by agents. The Decoder does not see it.
func (c *Conn) Inject(dir capture.Direction, raw []byte, kind, text string) {
	c.change()
	c.own(dir, own{raw: raw, notes: []note{{kind: kind, text: text}}})
}

// Answer sends raw to the client as the server's answer, as Inject does. The Decoder takes it
// for the server's: a tagged response ends its command. Without a kind there is no note: that
// of a Change says what was done.
func (c *Conn) Answer(raw []byte, kind, text string) {
	c.change()
	o := own{raw: raw, decoded: true}
	if kind != "" {
		o.notes = []note{{kind: kind, text: text}}
	}
	c.own(capture.ServerToClient, o)
}

// Note reports a text on the client's leg, which says that something was not done. It is called by
// agents.
func (c *Conn) Note(text string) { c.remark(text) }

// Outstanding returns the number of commands that wait for their tagged response; that of the
// message itself does not count. It is called by agents.
func (c *Conn) Outstanding() int { return len(c.open.all) }

// note reports what was done on the client's leg.
func (c *Conn) note(n note) {
	c.remark(n.String())
	if f := c.engine.opts.Acted; f != nil {
		f(n.kind, n.text)
	}
}

// remark reports a note on the client's leg.
func (c *Conn) remark(text string) {
	c.link.Report(capture.Event{Kind: capture.Note, Time: time.Now(), Text: text})
}
