package minimize

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// DefaultLimit is the default of Collector.Limit.
const DefaultLimit = 256 << 20

// factCost is what a fact takes beside its bytes, about.
const factCost = 256

// ErrTooLong is returned by Recording if the facts take more memory than the Limit.
var ErrTooLong = errors.New("too long to be held in memory")

// Collector is a capture.Sink that makes a Recording of the events it receives. Secrets are not
// kept: it goes behind a decode.Opened, or records layers as they are.
type Collector struct {
	Limit   int64            // of memory, in bytes, about; 0 means DefaultLimit
	Dialect protocol.Dialect // that the connections speak, unless it is protocol.UnknownDialect

	// Wants, if not nil, reports whether a connection is recorded.
	Wants func(capture.ConnID) bool

	demux *decode.Demux
	facts []fact
	held  int64
	conns map[capture.ConnID]*collected
}

// collected is what a Collector knows of a connection.
type collected struct {
	pos  [2]int64 // by direction
	msgs [2][]message
	ends bool
}

// message is where a message is in its direction.
type message struct {
	off, end int64
	txn      int // 0 outside any
	single   bool
}

// Event implements capture.Sink.
func (c *Collector) Event(e *capture.Event) error {
	if c.demux == nil {
		c.conns = make(map[capture.ConnID]*collected)
		c.demux = decode.NewDemux(decode.Options{Dialect: c.Dialect, Keyless: true, Keep: 4 << 10}, (*handler)(c))
	}
	switch {
	case e.Kind == capture.Secrets, c.TooLong(), c.Wants != nil && !c.Wants(e.Conn):
		return nil
	case e.Kind == capture.Opened:
		c.conns[e.Conn] = new(collected)
	}
	of := c.conns[e.Conn]
	if of == nil {
		return nil
	}
	c.record(of, e)
	return c.demux.Event(e)
}

// TooLong reports whether the Limit is exceeded, and so nothing is recorded.
func (c *Collector) TooLong() bool { return c.held > max(c.Limit, 0) && c.held > c.limit() }

func (c *Collector) limit() int64 {
	if c.Limit == 0 {
		return DefaultLimit
	}
	return c.Limit
}

// record keeps a fact.
func (c *Collector) record(of *collected, e *capture.Event) {
	f := fact{kind: e.Kind, conn: e.Conn, dir: e.Dir, time: e.Time, n: e.N, data: bytes.Clone(e.Data), text: e.Text, cause: e.Cause}
	switch e.Kind {
	case capture.Opened:
		info := *e.Info
		f.info = &info
	case capture.Data, capture.Gap:
		of.pos[e.Dir] += int64(len(e.Data)) + e.N
	case capture.Again:
		f.back = of.pos[e.Dir] - e.Off
	case capture.HalfClosed:
		of.ends = true
	case capture.Closed:
		f.ends = of.ends
	}
	c.facts = append(c.facts, f)
	if c.held += int64(len(e.Data)+len(e.Text)) + factCost; c.TooLong() {
		c.facts, c.conns = nil, make(map[capture.ConnID]*collected)
	}
}

// handler is the collector as a decode.Handler.
type handler Collector

// Open implements decode.Handler.
func (h *handler) Open(capture.Conn) error { return nil }

// Events implements decode.Handler. What a layer carries has no place among the recorded bytes.
func (h *handler) Events(id capture.ConnID, events []decode.Event) error {
	c := h.conns[id]
	if c == nil {
		return nil
	}
	for _, e := range events {
		m, ok := e.(*decode.Message)
		if !ok || m.Layers != 0 {
			continue
		}
		x := message{off: m.Off, end: m.Off + m.Len + m.Lost, single: m.Kind == decode.Untagged || m.Kind == decode.Junk}
		if m.Txn != nil {
			x.txn = m.Txn.N
		}
		h.held += factCost / 4
		c.msgs[m.Dir] = append(c.msgs[m.Dir], x)
	}
	return nil
}

// Recording returns what was recorded, once the source has ended.
func (c *Collector) Recording() (*Recording, error) {
	if c.TooLong() {
		return nil, fmt.Errorf("%w: the limit is %d MiB", ErrTooLong, c.limit()>>20)
	}
	n := numbering{last: 1, conns: make(map[capture.ConnID]*numbered)}
	r := &Recording{facts: make([]fact, 0, len(c.facts))}
	for i := range c.facts {
		r.facts = n.add(r.facts, &c.facts[i], c.conns[c.facts[i].conn])
	}
	c.facts, c.conns = nil, nil
	return r, nil
}

// numbering gives facts the numbers of what they are part of.
type numbering struct {
	last  int // number given
	conns map[capture.ConnID]*numbered
}

// numbered is a connection.
type numbered struct {
	pos  [2]int64
	ids  [2][]int    // of messages, 0: none yet
	txns map[int]int // units
	ends int         // the unit of its ends
}

func (n *numbering) next() int {
	n.last++
	return n.last
}

// add adds a fact of a connection to a list; data is cut where messages begin and end.
func (n *numbering) add(list []fact, f *fact, of *collected) []fact {
	c := n.conns[f.conn]
	if c == nil {
		c = &numbered{txns: make(map[int]int)}
		for dir := range c.ids {
			c.ids[dir] = make([]int, len(of.msgs[dir]))
		}
		n.conns[f.conn] = c
	}
	x := *f
	switch f.kind {
	case capture.Opened, capture.Closed:
	case capture.HalfClosed:
		if c.ends == 0 {
			c.ends = n.next()
		}
		x.id, x.unit = c.ends, c.ends
	case capture.Gap:
		n.number(&x, c, of.msgs[f.dir])
		c.pos[f.dir] += f.n
	case capture.Data:
		for len(f.data) > 0 {
			rest := n.number(&x, c, of.msgs[f.dir])
			size := min(rest, int64(len(f.data)))
			x.data = f.data[:size:size]
			c.pos[f.dir] += size
			f.data = f.data[size:]
			list = append(list, x)
			x = *f
		}
		return list
	default:
		x.id = n.next()
		x.unit, x.single = x.id, true
	}
	return append(list, x)
}

// number numbers bytes by the message that they begin in. It returns how many bytes it is to
// its end, or to where the next one begins.
func (n *numbering) number(f *fact, c *numbered, msgs []message) (rest int64) {
	at := c.pos[f.dir]
	i, found := slices.BinarySearchFunc(msgs, at, func(m message, at int64) int { return int(min(max(m.off-at, -1), 1)) })
	if !found {
		i--
	}
	if i < 0 || at >= msgs[i].end {
		f.id = n.next()
		f.unit, f.single = f.id, true
		if i+1 < len(msgs) {
			return msgs[i+1].off - at
		}
		return int64(len(f.data))
	}
	m := &msgs[i]
	id := &c.ids[f.dir][i]
	if *id == 0 {
		*id = n.next()
	}
	f.id, f.unit, f.single = *id, *id, m.single
	if m.txn > 0 {
		if c.txns[m.txn] == 0 {
			c.txns[m.txn] = n.next()
		}
		f.unit = c.txns[m.txn]
	}
	return m.end - at
}
