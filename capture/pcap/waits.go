package pcap

import (
	"cmp"
	"container/heap"
	"time"
)

// waits holds the connections that wait for bytes, ordered by when their time is up. Each
// is in it once, so it is no larger than the number of connections remembered, and the
// cost of a sweep is that of the connections whose time is up.
type waits struct {
	conns byTime
	looks int64 // how many connections sweeps have looked at
}

// put adds c, or moves it to where it belongs now. It removes one that waits for nothing.
func (w *waits) put(c *conn) {
	until, ok := c.until()
	switch {
	case !ok:
		w.remove(c)
	case c.waiting == 0:
		c.patience = until
		heap.Push(&w.conns, c)
	case until != c.patience:
		c.patience = until
		heap.Fix(&w.conns, c.waiting-1)
	}
}

// remove removes c, if it waits.
func (w *waits) remove(c *conn) {
	if c.waiting > 0 {
		heap.Remove(&w.conns, c.waiting-1)
	}
}

// over returns the connection whose time was up first, or nil if there is none.
func (w *waits) over(now time.Duration) *conn {
	if len(w.conns) == 0 || w.conns[0].patience >= now {
		return nil
	}
	return w.conns[0]
}

// until returns until when c waits if nothing else happens. A half that waits for the
// other half has no time of its own.
func (c *conn) until() (t time.Duration, ok bool) {
	if c.state != taken && c.state != undecided {
		return 0, false
	}
	for i := range c.half {
		h := &c.half[i]
		if _, _, missing := h.missing(); missing && h.ready == 0 {
			t, ok = earlier(t, ok, h.hole().until())
		}
		if h.claimed() > 0 {
			t, ok = earlier(t, ok, h.rarely().claim.until())
		}
	}
	return t, ok
}

func earlier(t time.Duration, ok bool, u time.Duration) (time.Duration, bool) {
	if !ok {
		return u, true
	}
	return min(t, u), true
}

// byTime is a heap of connections.
type byTime []*conn

func (q byTime) Len() int { return len(q) }

func (q byTime) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].patience, q[j].patience), cmp.Compare(q[i].number, q[j].number)) < 0
}

func (q byTime) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].waiting, q[j].waiting = i+1, j+1
}

func (q *byTime) Push(x any) {
	c := x.(*conn)
	*q = append(*q, c)
	c.waiting = len(*q)
}

func (q *byTime) Pop() any {
	n := len(*q) - 1
	c := (*q)[n]
	(*q)[n], c.waiting = nil, 0
	*q = (*q)[:n]
	return c
}
