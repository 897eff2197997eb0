package hub

import (
	"bytes"
	"container/list"
	"slices"
	"time"

	"imapscope/capture"
)

// Bounds of what a reader remembers.
const (
	maxOpen   = 1 << 17  // connections that are open; beyond it the one that was idle longest ends
	maxClosed = 1 << 17  // connections that have ended, of which nothing is reported again
	maxEarly  = 32 << 20 // bytes of messages that came before their predecessors
	maxOffset = 1 << 60
)

// patience is how long a message is waited for once later ones of its connection have come.
const patience = 15 * time.Second

// Figures count what a Source has read.
type Figures struct {
	Messages int64
	Bytes    int64 // of messages
	Repeated int64 // facts that came again, and were dropped
	Missing  int64 // facts that never came
	Wrong    int64 // messages that were not well-formed, or contradict earlier ones
}

// feed turns messages into facts for a Sink: each once, in the order of their connection.
type feed struct {
	sink    capture.Sink
	unpack  *unpacker
	last    capture.ConnID
	conns   map[string]*fed // by subject
	recent  list.List       // of *fed; the one that was idle longest first
	closed  map[string]struct{}
	ended   []string // keys of closed; oldest first, from endedAt on, then around
	endedAt int
	waiting map[*fed]struct{} // with early messages
	early   int               // bytes of them
	looked  time.Time         // when giveUp last looked
	figures Figures
	event   capture.Event
}

// fed is a connection.
type fed struct {
	subject string
	id      capture.ConnID
	next    uint64 // the sequence number of the next fact
	late    bool   // its beginning was not read: positions begin with the first that comes
	placed  [2]bool
	base    [2]int64 // what is subtracted from positions
	pos     [2]int64 // the position after the last byte, as published
	early   []early  // in order of seq
	since   time.Time
	at      *list.Element
	over    bool
}

// early is a message before which others are missing.
type early struct {
	seq     uint64
	payload []byte
}

func newFeed(s capture.Sink) (*feed, error) {
	u, err := newUnpacker()
	return &feed{sink: s, unpack: u, conns: make(map[string]*fed), closed: make(map[string]struct{}), waiting: make(map[*fed]struct{})}, err
}

// message handles a message. An error is the Sink's.
func (f *feed) message(subject string, payload []byte, now time.Time) error {
	f.figures.Messages++
	f.figures.Bytes += int64(len(payload))
	if len(f.waiting) > 0 {
		if err := f.giveUp(now); err != nil {
			return err
		}
	}
	return f.read(subject, payload, now)
}

func (f *feed) read(subject string, payload []byte, now time.Time) error {
	id, err := parseSubject(subject)
	if err != nil {
		f.figures.Wrong++
		return nil
	}
	b, err := f.unpack.unpack(payload)
	if err != nil {
		f.figures.Wrong++
		return nil
	}
	var p parser
	seq, info, err := p.read(b)
	if err != nil {
		f.figures.Wrong++
		return nil
	}
	if _, over := f.closed[subject]; over {
		f.figures.Repeated++
		return nil
	}
	c := f.conns[subject]
	if c == nil {
		if c, err = f.open(subject, id.Sensor, seq, &info); err != nil {
			return err
		}
	}
	f.recent.MoveToBack(c.at)
	if seq > c.next {
		f.keep(c, seq, payload, now)
		if f.early > maxEarly {
			return f.skip(c)
		}
		return nil
	}
	if err := f.facts(c, seq, &p); err != nil {
		return err
	}
	return f.follow(c)
}

// open reports a connection that was not seen before.
func (f *feed) open(subject, sensor string, seq uint64, info *capture.Conn) (*fed, error) {
	if len(f.conns) >= maxOpen {
		oldest := f.recent.Front().Value.(*fed)
		if err := f.close(oldest, time.Time{}, capture.Idle); err != nil {
			return nil, err
		}
	}
	f.last++
	c := &fed{subject: subject, id: f.last, next: seq, late: seq > 0}
	if seq == 0 {
		c.placed = [2]bool{true, true}
	}
	f.conns[subject] = c
	c.at = f.recent.PushBack(c)
	info.ID, info.Origin, info.MidStream = c.id, sensor, info.MidStream || c.late
	return c, f.sink.Event(&capture.Event{Kind: capture.Opened, Conn: c.id, Time: info.Start, Info: info})
}

// keep keeps a message until those before it have come.
func (f *feed) keep(c *fed, seq uint64, payload []byte, now time.Time) {
	i, found := slices.BinarySearchFunc(c.early, seq, func(e early, seq uint64) int {
		if e.seq < seq {
			return -1
		}
		return int(min(e.seq-seq, 1))
	})
	if found {
		f.figures.Repeated++
		return
	}
	if len(c.early) == 0 {
		c.since = now
		f.waiting[c] = struct{}{}
	}
	c.early = slices.Insert(c.early, i, early{seq, bytes.Clone(payload)})
	f.early += len(payload) + earlyCost
}

// earlyCost is what an early message takes in addition to its bytes.
const earlyCost = 64

// follow reports the early messages whose turn it is.
func (f *feed) follow(c *fed) error {
	for len(c.early) > 0 && c.early[0].seq <= c.next && !c.over {
		e := f.take(c)
		b, err := f.unpack.unpack(e.payload)
		if err != nil {
			continue // it was read before
		}
		var p parser
		if _, _, err := p.read(b); err != nil {
			continue
		}
		if err := f.facts(c, e.seq, &p); err != nil {
			return err
		}
	}
	return nil
}

// take removes the first early message.
func (f *feed) take(c *fed) early {
	e := c.early[0]
	f.early -= len(e.payload) + earlyCost
	c.early[0] = early{}
	if c.early = c.early[1:]; len(c.early) == 0 {
		c.early = nil
		delete(f.waiting, c)
	}
	return e
}

// skip goes on without the facts before the first early message of a connection.
func (f *feed) skip(c *fed) error {
	f.figures.Missing += int64(c.early[0].seq - c.next)
	c.next = c.early[0].seq
	return f.follow(c)
}

// giveUp skips what has been waited for long enough. It looks once a second at most: a hostile
// sensor can have many connections wait.
func (f *feed) giveUp(now time.Time) error {
	if now.Sub(f.looked) < time.Second {
		return nil
	}
	f.looked = now
	for c := range f.waiting {
		if now.Sub(c.since) < patience {
			continue
		}
		c.since = now
		if err := f.skip(c); err != nil {
			return err
		}
	}
	return nil
}

// facts reports the facts of a message that were not reported yet.
func (f *feed) facts(c *fed, seq uint64, p *parser) error {
	e := &f.event
	for ; p.more() && !c.over; seq++ {
		if p.fact(e) != nil {
			f.figures.Wrong++
			return nil
		}
		if seq < c.next {
			f.figures.Repeated++
			continue
		}
		c.next = seq + 1
		e.Conn = c.id
		if err := f.fact(c, e); err != nil {
			return err
		}
	}
	return nil
}

// fact reports a fact. What a sensor says that no source would is left out.
func (f *feed) fact(c *fed, e *capture.Event) error {
	switch e.Kind {
	case capture.Opened: // reported with the first message
		return nil
	case capture.Closed:
		return f.close(c, e.Time, e.Cause)
	case capture.Data, capture.Gap:
		return f.bytes(c, e)
	case capture.Again:
		if !c.placed[e.Dir] {
			return nil
		}
		e.Off -= c.base[e.Dir]
	}
	return f.sink.Event(e)
}

// bytes reports bytes, or a loss, in their place: what is missing before them is a Gap.
func (f *feed) bytes(c *fed, e *capture.Event) error {
	d := e.Dir
	n := int64(len(e.Data)) + e.N
	if e.Off > maxOffset || n > maxOffset {
		f.figures.Wrong++
		return nil
	}
	if !c.placed[d] {
		c.placed[d], c.base[d], c.pos[d] = true, e.Off, e.Off
	}
	switch missing := e.Off - c.pos[d]; {
	case missing < 0:
		f.figures.Wrong++
		return nil
	case missing > 0:
		err := f.sink.Event(&capture.Event{Kind: capture.Gap, Conn: c.id, Dir: d, Time: e.Time, Off: c.pos[d] - c.base[d], N: missing})
		if err != nil {
			return err
		}
	}
	c.pos[d] = e.Off + n
	e.Off -= c.base[d]
	return f.sink.Event(e)
}

// close reports the end of a connection, and remembers that it has ended.
func (f *feed) close(c *fed, at time.Time, why capture.Cause) error {
	for len(c.early) > 0 {
		f.take(c)
	}
	c.over = true
	f.recent.Remove(c.at)
	delete(f.conns, c.subject)
	if len(f.ended) < maxClosed {
		f.ended = append(f.ended, c.subject)
	} else {
		delete(f.closed, f.ended[f.endedAt])
		f.ended[f.endedAt] = c.subject
		f.endedAt = (f.endedAt + 1) % maxClosed
	}
	f.closed[c.subject] = struct{}{}
	return f.sink.Event(&capture.Event{Kind: capture.Closed, Conn: c.id, Time: at, Cause: why})
}

// end reports what waits for facts that will not come, and the end of all connections.
func (f *feed) end() error {
	f.unpack.buf = nil
	open := make([]*fed, 0, len(f.conns))
	for _, c := range f.conns {
		open = append(open, c)
	}
	slices.SortFunc(open, func(a, b *fed) int { return int(a.id) - int(b.id) })
	var first error
	for _, c := range open {
		for len(c.early) > 0 && first == nil && !c.over {
			first = f.skip(c)
		}
		if first == nil && !c.over {
			first = f.close(c, time.Time{}, capture.EndOfCapture)
		}
	}
	f.unpack.close()
	return first
}
