package replay

import (
	"container/heap"
	"sync"
)

// world keeps the order between the sessions of one recording.
type world struct {
	mu      sync.Mutex
	done    []bool // commands that were answered, in the recording's order
	next    int    // all before it are
	waiting waiters
}

// waiter waits until next has come to n.
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

func newWorld(n int) *world { return &world{done: make([]bool, n)} }

// is says that the command which was nth to be answered in the recording, from 1, is
// answered or will not be.
func (w *world) is(n int) {
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

// after is closed once the first n are; nil if they are already.
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
