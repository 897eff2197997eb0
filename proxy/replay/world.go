package replay

import (
	"container/heap"
	"context"
	"sync"

	"imapscope/decode/script"
)

// world keeps the order of answers across the sessions of one recording.
type world struct {
	mu      sync.Mutex
	done    []bool // by command in the recorded order: whether it was answered
	next    int    // all before it are
	waiting waiters

	open   map[*script.Session]chan struct{} // closed once it has connected
	before map[*script.Session]*script.Session
}

// waiter waits until next has reached n.
type waiter struct {
	n  int
	ch chan struct{}
}

type waiters []waiter

func (w waiters) Len() int           { return len(w) }
func (w waiters) Less(i, j int) bool { return w[i].n < w[j].n }
func (w waiters) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiters) Push(x any)        { *w = append(*w, x.(waiter)) }
func (w *waiters) Pop() any {
	x := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return x
}

func newWorld(s *script.Script) *world {
	w := &world{done: make([]bool, s.Done), open: make(map[*script.Session]chan struct{}), before: make(map[*script.Session]*script.Session)}
	for i, x := range s.Sessions {
		w.open[x] = make(chan struct{})
		if i > 0 {
			w.before[x] = s.Sessions[i-1]
		}
	}
	return w
}

// turn waits until the session before x has connected, or never will: a server that
// distinguishes clients by their order sees the recorded order.
func (w *world) turn(ctx context.Context, x *script.Session) {
	if w == nil || w.before[x] == nil {
		return
	}
	select {
	case <-w.open[w.before[x]]:
	case <-ctx.Done():
	}
}

// opened records that x has connected, or never will.
func (w *world) opened(x *script.Session) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.open[x]:
	default:
		close(w.open[x])
	}
}

// answered records that the command that was answered nth in the recording, counted from
// 1, is answered or never will be.
func (w *world) answered(n int) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[n-1] = true
	for w.next < len(w.done) && w.done[w.next] {
		w.next++
	}
	for len(w.waiting) > 0 && w.waiting[0].n <= w.next {
		close(heap.Pop(&w.waiting).(waiter).ch)
	}
}

// after returns a channel that is closed once the first n are answered; nil if they are
// already.
func (w *world) after(n int) <-chan struct{} {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n <= w.next {
		return nil
	}
	x := waiter{n, make(chan struct{})}
	heap.Push(&w.waiting, x)
	return x.ch
}
