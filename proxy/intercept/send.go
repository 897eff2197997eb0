package intercept

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
)

// flush writes what may be written in a direction.
func (c *Conn) flush(dir capture.Direction) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write(dir)
}

// write writes what may be written in a direction. The lock is released while it writes. It
// returns when the rest must wait, or at once if another goroutine writes.
func (c *Conn) write(dir capture.Direction) {
	b := &c.side[dir].box
	if b.busy {
		return
	}
	b.busy = true
	for len(b.items) > 0 && !b.over && !c.ended && c.step(dir, b) {
	}
	b.busy = false
	c.room.Broadcast()
}

// step does the first thing of an outbox. It returns false if that must wait.
func (c *Conn) step(dir capture.Direction, b *outbox) bool {
	switch i := &b.items[0]; {
	case i.inserted != nil:
		return c.insert(b)
	case i.msg != nil && c.send(b, i.msg):
	case b.cut && (i.msg != nil || !b.due && (i.wait > 0 || i.await)):
		b.drop()
		b.push(item{end: Reset})
	case i.msg != nil:
		return false
	case i.wait > 0 && !b.due:
		c.wake(dir, b, i.wait)
		return false
	case i.await && c.side[capture.ServerToClient].ended:
		c.withdraw(b)
	case i.await && !b.due:
		c.wake(dir, b, c.engine.plusTimeout)
		return false
	case i.await:
		c.remark("the connection is ended: the server did not ask for the literal of " + i.of + " in " + c.engine.plusTimeout.String())
		b.drop()
		b.push(item{end: Close})
	default:
		return c.do(dir, b)
	}
	return true
}

// do does what the first item of an outbox asks for. It returns false if the direction has ended.
func (c *Conn) do(dir capture.Direction, b *outbox) bool {
	i := b.items[0]
	b.pop()
	b.stop()
	for _, n := range i.notes {
		c.note(n)
		if dir == capture.ClientToServer && n.kind == capture.ByEdit { // the client's leg has what came
			c.leg.note(n)
		}
	}
	if len(i.data) > 0 && !c.put(dir, i.data) {
		return false
	}
	c.conclude(dir, b, i.end)
	return true
}

// put writes bytes. It returns false if that failed, after which the direction is over.
func (c *Conn) put(dir capture.Direction, p []byte) bool {
	c.left(dir, p)
	c.mu.Unlock()
	err := c.link.Write(dir, p)
	c.mu.Lock()
	if err == nil {
		return true
	}
	c.link.Broken()
	c.overWith(dir)
	c.side[dir.Reverse()].box.cut = true
	go c.flush(dir.Reverse())
	return false
}

// conclude ends what is sent in a direction, as an End says.
func (c *Conn) conclude(dir capture.Direction, b *outbox, end End) {
	cause, how := capture.FIN, c.link.Close
	switch end {
	case 0:
		return
	case Stall:
		b.drop()
		c.side[dir].stalled = true
		return
	case HalfClose:
		how = func() { c.link.CloseWrite(dir) }
	case Reset:
		cause, how = capture.RST, c.link.Reset
	}
	if end != HalfClose && !c.side[dir].ended {
		c.breakOff(dir, cause, how)
		return
	}
	c.leftEnd(dir, cause)
	c.mu.Unlock()
	how()
	c.mu.Lock()
	if end == HalfClose {
		c.overWith(dir)
	} else {
		c.end()
	}
}

// send replaces a message by the pieces that are sent of it, once its gate is open.
func (c *Conn) send(b *outbox, m *pending) bool {
	out := m.out
	if m.held != nil {
		var open bool
		if out, open = m.held.Released(m.out); !open {
			return false
		}
		if !bytes.Equal(out, m.out) {
			m.altered = true
			c.change()
		}
	}
	if len(m.changed) > 0 {
		c.change()
	}
	if g, ok := m.held.(interface{ notes() []note }); ok {
		m.changed = append(m.changed, g.notes()...)
	}
	if m.altered {
		m.owes.n = 0 // its literals wait
	}
	switch {
	case m.request && out == nil:
		c.open.end(m.tag)
	case m.request:
		c.owe(m.owes, m.row)
	}
	items := m.items(m.pieces(out))
	b.size -= b.items[0].size()
	for i := range items {
		b.size += items[i].size()
	}
	b.items = slices.Replace(b.items, 0, 1, items...)
	return true
}

// pieces returns what the shapes make of the bytes of a message.
func (m *pending) pieces(out []byte) []Piece {
	if out == nil {
		return nil
	}
	pieces := []Piece{{Data: out}}
	for _, s := range m.shapes {
		var next []Piece
		for _, p := range pieces {
			shaped := s(p.Data)
			if len(shaped) > 0 {
				shaped[0].Wait += p.Wait
				shaped[len(shaped)-1].End = max(shaped[len(shaped)-1].End, p.End)
			}
			next = append(next, shaped...)
		}
		pieces = next
	}
	return pieces
}

// wake makes the outbox go on after a time.
func (c *Conn) wake(dir capture.Direction, b *outbox, d time.Duration) {
	if b.timer != nil {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if b.timer == t { // it was not stopped when its time had already come
			b.due, b.timer = true, nil
			c.write(dir)
		}
	})
	b.timer = t
}

// overWith ends a direction: nothing more is written.
func (c *Conn) overWith(dir capture.Direction) {
	b := &c.side[dir].box
	b.over = true
	b.drop()
	if dir == capture.ClientToServer {
		c.endInserted()
	}
	c.room.Broadcast()
	if c.side[0].box.over && c.side[1].box.over {
		c.end()
	}
}
