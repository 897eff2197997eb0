package mirror

import (
	"fmt"
	"slices"
	"sync"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/diff"
	"imapscope/decode/script"
	"imapscope/proxy/replay"
)

// conn is a connection of a client. Its exchanges are gathered by the goroutine of the Mirror's
// queue, and played by one of its own.
type conn struct {
	m        *Mirror
	info     capture.Conn
	follow   script.Follow
	costs    map[*script.Exchange]int64
	greeting *diff.Exchange // of the first server

	mu      sync.Mutex
	waiting []job
	backlog int64 // their costs
	last    bool  // no more will come
	over    bool  // nothing more is played
	playing bool  // the player has begun
	wake    chan struct{}
}

// job is an exchange to play.
type job struct {
	x    *script.Exchange
	cost int64
	how  verdict
}

func newConn(m *Mirror, c capture.Conn) *conn {
	x := &conn{m: m, info: c, costs: make(map[*script.Exchange]int64), wake: make(chan struct{}, 1)}
	if c.MidStream {
		x.end("its beginning was not seen")
	}
	return x
}

// event follows the connection.
func (c *conn) event(e decode.Event) {
	if c.isOver() {
		c.watch(e)
		return
	}
	switch e := e.(type) {
	case *decode.Message:
		if e.Lost > 0 || e.Broken {
			c.end(lagging)
			return
		}
		c.message(e)
	case *decode.Transaction:
		c.transaction(e)
	case *decode.Resync:
		c.end(lagging)
	case *decode.Note:
		if leg, _ := capture.LegOf(e.Text); leg == capture.ServerLeg && c.stop() {
			c.m.tally.add(func(r *Report) { r.Connections-- }) // the client's leg is what it sent and saw
		}
	case *decode.Dark:
		c.end("what follows cannot be read: " + string(e.Why))
	}
}

// watch follows a connection that is no longer mirrored: what it changes on the first server matters
// to the others.
func (c *conn) watch(e decode.Event) {
	switch e := e.(type) {
	case *decode.Message:
		if e.Kind == decode.Request {
			c.follow.Event(e)
		}
	case *decode.Transaction:
		i := c.follow.Event(e)
		x := c.follow.Exchanges[i]
		c.m.held.Add(-c.costs[x])
		delete(c.costs, x)
		if e.Outcome == decode.Completed {
			c.m.judge(x)
		}
		c.follow.Forget()
	}
}

// lagging is why a connection ends of which bytes were lost before they were decoded.
const lagging = "bytes were lost, because this machine could not keep up"

// message adds a message to its exchange.
func (c *conn) message(e *decode.Message) {
	i := c.follow.Event(e)
	x := c.follow.Exchanges[i]
	switch {
	case e.Txn == nil || x.Transaction == nil:
		if c.greeting == nil && e.Kind == decode.Greeting {
			c.greeting = &diff.Exchange{Messages: x.Messages}
		}
		x.Messages = nil
		return
	case x.LeftOut != "":
		x.Messages = slices.DeleteFunc(x.Messages, func(m *decode.Message) bool { return m.Dir == capture.ServerToClient })
		return
	}
	cost := int64(len(e.Raw)) + replay.MessageCost
	c.costs[x] += cost
	if c.m.held.Add(cost) > maxHeld {
		c.end(behind)
		return
	}
	if c.costs[x] > maxExchange {
		x.LeftOut = string(TooLong)
	}
}

// behind is why a connection ends whose exchanges wait too long.
const behind = "the second server cannot keep up"

// transaction plays an exchange once it is complete.
func (c *conn) transaction(t *decode.Transaction) {
	i := c.follow.Event(t)
	if i == 0 {
		return
	}
	x := c.follow.Exchanges[i]
	cost := c.costs[x]
	delete(c.costs, x)
	if t.Outcome != decode.Completed {
		c.m.held.Add(-cost)
		return
	}
	c.follow.Forget()
	c.m.tally.add(func(r *Report) { r.Commands++ })
	how := c.m.judge(x)
	if how.skip != "" {
		c.m.held.Add(-cost)
		c.m.tally.skip(how.skip)
		return
	}
	c.put(job{x, cost, how})
}

// put queues an exchange to be played.
func (c *conn) put(j job) {
	c.mu.Lock()
	if c.over { // meanwhile
		c.mu.Unlock()
		c.m.held.Add(-j.cost)
		c.m.tally.skip(Unplayed)
		return
	}
	c.waiting = append(c.waiting, j)
	c.backlog += j.cost
	full := c.backlog > c.m.opts.Backlog
	begin := !c.playing
	c.playing = true
	c.mu.Unlock()
	switch {
	case full:
		c.end(behind)
		return
	case begin && c.m.open.Add(1) > maxConns:
		c.m.open.Add(-1)
		c.end(fmt.Sprintf("more than %d connections to the second server", maxConns))
		return
	case begin:
		c.m.all.Go(c.play)
	}
	c.signal()
}

// finish ends the connection, once what waits is played.
func (c *conn) finish() {
	for x, cost := range c.costs {
		c.m.held.Add(-cost)
		delete(c.costs, x)
	}
	c.mu.Lock()
	c.last = true
	c.mu.Unlock()
	c.signal()
}

// end ends the mirroring of the connection before its end.
func (c *conn) end(why string) {
	if !c.stop() {
		return
	}
	c.m.tally.ended(why)
	if c.m.opts.Ended != nil {
		c.m.tally.serial(func() { c.m.opts.Ended(c.info.ID, why) })
	}
}

// stop drops what waits; nothing more is played. It reports false if that was so already.
func (c *conn) stop() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return false
	}
	c.over = true
	if n := len(c.waiting); n > 0 {
		c.m.tally.skipped(Unplayed, int64(n))
	}
	c.m.held.Add(-c.backlog)
	c.waiting, c.backlog = nil, 0
	c.signal()
	return true
}

func (c *conn) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

func (c *conn) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// next returns the next exchange to play, and waits for it; false if there will be none.
func (c *conn) next() (job, bool) {
	for {
		c.mu.Lock()
		switch {
		case c.over, c.last && len(c.waiting) == 0:
			c.mu.Unlock()
			return job{}, false
		case len(c.waiting) > 0:
			j := c.waiting[0]
			c.waiting[0] = job{}
			c.waiting = c.waiting[1:]
			c.mu.Unlock()
			return j, true
		}
		c.mu.Unlock()
		select {
		case <-c.wake:
		case <-c.m.ctx.Done():
			return job{}, false
		}
	}
}

// played releases an exchange.
func (c *conn) played(j job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.over { // otherwise stop released it
		c.backlog -= j.cost
		c.m.held.Add(-j.cost)
	}
}
