package view

import "sync/atomic"

// Quota counts what is held of all connections together, of which there is a bound. Several that
// run at the same time, each with other connections, share a count; then what comes before in the
// order of the source has to be counted before the bound is looked at. As long as less than half
// of it is held, the order has no effect, and none is kept. The zero Quota is shared by no others.
type Quota struct {
	own    atomic.Int64
	shared *atomic.Int64
	turn   func()
}

// Part returns a Quota that shares the count. Turn returns when everything is counted that comes
// before in the order of the source.
func (h *Quota) Part(turn func()) *Quota { return &Quota{shared: h.count(), turn: turn} }

func (h *Quota) count() *atomic.Int64 {
	if h.shared != nil {
		return h.shared
	}
	return &h.own
}

// add adds n, of which there are at most about most.
func (h *Quota) add(n, most int) {
	h.ordered(most)
	h.count().Add(int64(n))
}

// over reports whether more than most is held.
func (h *Quota) over(most int) bool {
	h.ordered(most)
	return h.count().Load() > int64(most)
}

func (h *Quota) ordered(most int) {
	if h.turn != nil && h.count().Load() > int64(most/2) {
		h.turn()
	}
}
