package hub

import (
	"cmp"
	"container/list"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
)

// PublishOptions describes a sensor.
type PublishOptions struct {
	Spool  string            // a directory for what waits to be sent, which outlives the program; empty: a temporary one
	Bound  int64             // the most that waits there, in bytes; 0: DefaultSpool
	Linger time.Duration     // how long facts wait for more, to share a message; 0: DefaultLinger
	Notice func(text string) // called when the server goes away and comes back; may be nil
	Later  bool              // a server that cannot be reached may come later
}

// Defaults of PublishOptions.
const (
	DefaultSpool  = 256 << 20
	DefaultLinger = 50 * time.Millisecond
)

// maxPending bounds the facts that wait for more, in bytes of all connections.
const maxPending = 8 << 20

// A Publisher is a capture.Sink that publishes facts to a hub. Secrets are not published.
//
// Event waits while the spool is full. A source that must not wait puts a capture.Queue in front
// of it, which then counts what is lost and reports it as a Gap.
type Publisher struct {
	sensor, run string
	linger      time.Duration
	spool       *spool
	sender      *sender
	stopFlush   chan struct{}
	flushed     sync.WaitGroup
	sent        chan struct{} // closed when the sender has ended

	accepted atomic.Int64 // facts to be published

	mu      sync.Mutex
	packer  *packer
	conns   map[capture.ConnID]*published
	pending list.List // of *published, with facts that wait for more; oldest first
	fresh   list.List // of *published, of which nothing was sent yet; oldest first
	held    int       // bytes of them
	bodies  []*body   // unused
	err     error
}

// published is an open connection of a Publisher.
type published struct {
	info  capture.Conn
	seq   uint64 // of the next fact
	body  *body  // nil if no facts wait
	since time.Time
	at    *list.Element // in pending, or nil
	first *list.Element // in fresh, or nil
}

// Publish returns a Publisher. The server must be there, unless o.Later is set; it may go away.
func Publish(a *Address, o PublishOptions) (*Publisher, error) {
	if len(a.Sensors) != 1 {
		return nil, errors.New("publishing needs one sensor: add ?sensor=NAME to the URL")
	}
	packer, err := newPacker()
	if err != nil {
		return nil, err
	}
	p := &Publisher{
		sensor: a.Sensors[0], run: strings.ToLower(rand.Text()), linger: cmp.Or(o.Linger, DefaultLinger), packer: packer,
		conns: make(map[capture.ConnID]*published), stopFlush: make(chan struct{}), sent: make(chan struct{}),
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if p.spool, err = openSpool(o.Spool, cmp.Or(o.Bound, DefaultSpool), o.Notice); err != nil {
		return nil, fmt.Errorf("--spool: %w", err)
	}
	if p.sender, err = newSender(a, p.run, p.spool, &o); err != nil {
		return nil, errors.Join(err, p.spool.close())
	}
	go func() {
		defer close(p.sent)
		p.sender.send()
	}()
	p.flushed.Go(p.flushOld)
	return p, nil
}

// Sensor returns the sensor's name.
func (p *Publisher) Sensor() string { return p.sensor }

// Event implements capture.Sink.
func (p *Publisher) Event(e *capture.Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Kind == capture.Secrets {
		return nil
	}
	if p.err == nil {
		p.err = p.sender.failure()
	}
	if p.err != nil {
		return p.err
	}
	c := p.conns[e.Conn]
	switch {
	case e.Kind == capture.Opened:
		c = &published{info: *e.Info}
		c.first = p.fresh.PushBack(c)
		p.conns[e.Conn] = c
	case c == nil:
		return nil
	}
	err := p.fact(c, e)
	if e.Kind == capture.Closed {
		delete(p.conns, e.Conn)
		err = errors.Join(err, p.flush(c))
	}
	p.err = err
	return err
}

// fact adds a fact to what waits, in parts if it has too many bytes for one message.
func (p *Publisher) fact(c *published, e *capture.Event) error {
	for part := *e; ; {
		if e.Kind == capture.Data && len(part.Data) > bodyFull {
			part.Data = part.Data[:bodyFull]
		}
		if err := p.add(c, &part); err != nil {
			return err
		}
		if part.Off += int64(len(part.Data)); e.Kind != capture.Data || part.Off == e.Off+int64(len(e.Data)) {
			return nil
		}
		part.Data = e.Data[part.Off-e.Off:]
	}
}

func (p *Publisher) add(c *published, e *capture.Event) error {
	if c.body != nil && !c.body.fits(max(len(e.Data), len(e.Text))) {
		if err := p.flush(c); err != nil {
			return err
		}
	}
	if c.body == nil {
		c.body = p.newBody()
		c.body.begin(&c.info, c.seq)
		c.since = time.Now()
		c.at = p.pending.PushBack(c)
		p.held += len(c.body.b)
	}
	before := len(c.body.b)
	c.body.add(e)
	c.seq++
	p.accepted.Add(1)
	p.held += len(c.body.b) - before
	if len(c.body.b) >= bodyFull {
		return p.flush(c)
	}
	for p.held > maxPending {
		if err := p.flush(p.pending.Front().Value.(*published)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Publisher) newBody() *body {
	if n := len(p.bodies); n > 0 {
		b := p.bodies[n-1]
		p.bodies = p.bodies[:n-1]
		return b
	}
	return new(body)
}

// flush puts the facts of a connection that wait into the spool. Those of connections that were
// opened before it come first, so that readers see connections in their order. The lock is held.
func (p *Publisher) flush(c *published) error {
	for c.first != nil {
		f := p.fresh.Remove(p.fresh.Front()).(*published)
		f.first = nil
		if err := p.put(f); err != nil {
			return err
		}
	}
	return p.put(c)
}

// put puts the facts of a connection that wait into the spool. The lock is held.
func (p *Publisher) put(c *published) error {
	b := c.body
	if b == nil {
		return nil
	}
	p.pending.Remove(c.at)
	p.held -= len(b.b)
	c.body, c.at = nil, nil
	i := Identity{Sensor: p.sensor, Run: p.run, Conn: c.info.ID}
	id := i.Run + "-" + strconv.FormatUint(uint64(i.Conn), 10) + "-" + strconv.FormatUint(b.seq, 10)
	err := p.spool.append(&entry{subject: i.Subject(), id: id, facts: b.n, payload: p.packer.pack(b.b)})
	if len(p.bodies) < 1024 && cap(b.b) <= 2*bodyFull {
		p.bodies = append(p.bodies, b)
	}
	return err
}

// flushOld flushes what has waited long enough, until the end.
func (p *Publisher) flushOld() {
	tick := time.NewTicker(max(p.linger/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-p.stopFlush:
			return
		case now := <-tick.C:
			p.mu.Lock()
			for f := p.pending.Front(); f != nil && p.err == nil; f = p.pending.Front() {
				c := f.Value.(*published)
				if now.Sub(c.since) < p.linger {
					break
				}
				p.err = p.flush(c)
			}
			p.mu.Unlock()
		}
	}
}

// Acknowledged returns how many facts the server has acknowledged.
func (p *Publisher) Acknowledged() int64 { return p.sender.acked() }

// Abort lets Event fail instead of waiting for room.
func (p *Publisher) Abort() { p.spool.end() }

// Finish waits until everything is acknowledged, or ctx is done. It returns an error if
// something was not. Event must not be called any more.
func (p *Publisher) Finish(ctx context.Context) error {
	stop := context.AfterFunc(ctx, p.spool.end) // a flush may be waiting for room
	defer stop()
	close(p.stopFlush)
	p.flushed.Wait()
	p.mu.Lock()
	for f := p.pending.Front(); f != nil && p.err == nil; f = p.pending.Front() {
		p.err = p.flush(f.Value.(*published))
	}
	p.mu.Unlock()
	p.spool.end()
	select {
	case <-p.sent:
	case <-ctx.Done():
		p.sender.stop()
		<-p.sent
	}
	return p.report(ctx)
}

// report closes everything and says what was not acknowledged.
func (p *Publisher) report(ctx context.Context) error {
	left := p.spool.waiting()
	kept := ""
	if !p.spool.temp && left > 0 {
		kept = fmt.Sprintf("; %d bytes wait in %s, and are sent when a sensor uses that again", left, p.spool.dir)
	}
	p.sender.close()
	closed := p.spool.close()
	missing := p.accepted.Load() - p.sender.acked()
	failed := p.sender.failure()
	switch {
	case failed == nil && missing <= 0 && left == 0:
		return closed
	case failed == nil && ctx.Err() != nil:
		failed = errors.New("it did not answer in time")
	case failed == nil:
		failed = cmp.Or(p.err, errClosed)
	}
	return errors.Join(fmt.Errorf("%s has not acknowledged %d of %d facts: %w%s", p.sender.server, max(missing, 0), p.accepted.Load(), failed, kept), closed)
}
