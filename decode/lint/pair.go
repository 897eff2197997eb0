package lint

import (
	"hash/maphash"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// Bounds of what is kept of two legs.
const (
	maxMarks   = 1024    // findings of one leg that the other one may have
	maxRecent  = 16      // messages of a client that may not have reached the server when it becomes a leg
	maxPassing = 1 << 14 // messages of a direction that are on one leg and not yet on the other
)

// late is how much later than on the leg it comes from a message is on the other one, if it was
// delayed: relaying takes less.
const late = 10 * time.Millisecond

// pair is the two legs of a proxy that changed something. What the server did is on the server's
// leg, and what the client did on the client's: the same finding on the other leg is not
// reported again, and one that is only there is the proxy's, if the legs differ.
type pair struct {
	key     pairKey
	open    [3]bool // by leg
	seen    marks   // findings that were reported on the leg that shows what the side did
	early   marks   // findings on the client's connection from before it was a leg
	waiting []awaiting
	acts    acts // on the client's leg

	start   time.Time // of the client's leg
	whole   bool      // both legs are complete, so that they can be compared
	changed bool      // a message of one leg is not on the other
	delayed bool
	from    [2]int64    // by direction: before it, nothing had been changed
	passing [2][]passed // by direction: messages that are not yet on the leg to which they go
}

// pairKey is the addresses of both legs.
type pairKey struct{ client, server capture.Peers }

// passed is a message on the leg that it comes from.
type passed struct {
	off  int64
	sum  uint64
	time time.Time
}

// mark identifies a finding on either leg: by its rule, and the tag of the command that it is
// about, because numbers and places may differ.
type mark struct {
	rule    int
	verdict Verdict
	dir     capture.Direction
	tag     uint64 // a hash
}

// marks counts findings.
type marks map[mark]int

func (m *marks) add(k mark) {
	if *m == nil {
		*m = make(marks)
	}
	if len(*m) < maxMarks || (*m)[k] > 0 {
		(*m)[k]++
	}
}

// remove removes one, and reports whether there was one.
func (m marks) remove(k mark) bool {
	n := m[k]
	if n == 0 {
		return false
	}
	if m[k] = n - 1; n == 1 {
		delete(m, k)
	}
	return true
}

// awaiting is a finding of one leg that the other one, which is behind, may be about to have.
type awaiting struct {
	on *conn
	mark
	found
}

// await keeps a finding until the connection ends, if there is room.
func (p *pair) await(c *conn, f *found, k mark) bool {
	if len(p.waiting) == maxHeld {
		return false
	}
	w := awaiting{c, k, *f}
	w.event, w.waited = c.pass.keep(f.event), true
	p.waiting = append(p.waiting, w)
	return true
}

// withdraw drops a finding that waits, because it is reported on the other leg.
func (p *pair) withdraw(k mark) bool {
	for i := range p.waiting {
		if p.waiting[i].mark == k {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// remark follows a note by a proxy.
func (c *conn) remark(text string) {
	if leg, other := capture.LegOf(text); leg != capture.NoLeg && c.pair == nil {
		c.link(leg, other)
	}
	if c.pair != nil && c.leg == capture.ClientLeg {
		c.pair.acts.note(text)
		return
	}
	c.acts.note(text)
}

// link makes the connection a leg.
func (c *conn) link(leg capture.Leg, other capture.Peers) {
	key := pairKey{c.Peers().Plain(), other.Plain()}
	if leg == capture.ServerLeg {
		key.client, key.server = key.server, key.client
	}
	p := c.pairs[key]
	if p == nil {
		p = &pair{key: key}
		c.pairs[key] = p
	}
	if p.open[leg] {
		return // another connection claims to be the same
	}
	p.open[leg], c.pair, c.leg = true, p, leg
	switch {
	case leg == capture.ClientLeg:
		p.early, p.from, p.acts, p.start = c.reported, c.next, c.acts, c.Start
		if len(c.recent) > 0 { // they may not have reached the server
			p.from[capture.ClientToServer], p.passing[capture.ClientToServer] = c.recent[0].off, c.recent
		}
		c.reported, c.recent = nil, nil
	case p.open[capture.ClientLeg]:
		p.whole = p.start.Equal(c.Start) && !c.MidStream
		if !p.whole { // its beginning was not kept
			c.greeted, c.headless, c.blind, c.noBox = true, true, true, true
		}
	}
}

// pass compares a message with those of the other leg.
func (p *pair) pass(c *conn, m *decode.Message) {
	if m.Off < p.from[m.Dir] {
		return // nothing had been changed
	}
	source := capture.ServerLeg
	if m.Dir == capture.ClientToServer {
		source = capture.ClientLeg
	}
	list, sum := &p.passing[m.Dir], c.sum(m)
	if c.leg == source {
		if len(*list) == maxPassing {
			*list, p.whole = nil, false
		}
		*list = append(*list, passed{m.Off, sum, m.Time})
		return
	}
	for i := range *list {
		if (*list)[i].sum == sum {
			p.changed = p.changed || i > 0
			p.delayed = p.delayed || m.Time.Sub((*list)[i].time) > late
			*list = (*list)[i+1:]
			return
		}
	}
	p.changed = true
}

// sum returns a hash of a message.
func (c *conn) sum(m *decode.Message) uint64 { return maphash.Bytes(c.seed, m.Raw) + uint64(m.Len) }

// differs reports whether the legs differ so far. At the end of a connection, what has not
// passed does not come any more.
func (p *pair) differs(ends bool) bool {
	return p.changed || p.delayed || ends && len(p.passing[0])+len(p.passing[1]) > 0
}

// leave ends a leg: what it waits for does not come any more.
func (p *pair) leave(c *conn) {
	rest := p.waiting
	p.waiting = nil
	for i := range rest {
		if w := &rest[i]; w.on != c {
			p.waiting = append(p.waiting, *w)
		} else {
			c.send(&w.found)
		}
	}
	p.open[c.leg] = false
	if !p.open[capture.ClientLeg] && !p.open[capture.ServerLeg] {
		delete(c.pairs, p.key)
	}
}

// ahead reports whether the event that is looked at comes on this leg before it does on the
// other one.
func (c *conn) ahead() bool {
	dir := capture.ServerToClient // it ends a transaction
	if m := c.pass.message; m != nil {
		dir = m.Dir
	}
	return (dir == capture.ServerToClient) == (c.leg == capture.ServerLeg)
}

// actedOn compares a message with the other leg, and with what the proxy did.
func (c *conn) actedOn(m *decode.Message) {
	if c.pair == nil {
		if c.acts.came(m); m.Dir == capture.ClientToServer {
			if len(c.recent) == maxRecent {
				c.recent = append(c.recent[:0], c.recent[1:]...)
			}
			c.recent = append(c.recent, passed{m.Off, c.sum(m), m.Time})
		}
		return
	}
	c.pair.pass(c, m)
	if c.leg == capture.ClientLeg {
		c.pair.acts.came(m)
	}
}
