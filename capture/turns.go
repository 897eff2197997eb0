package capture

import (
	"math"
	"sync"
	"sync/atomic"
)

// turns is how far each of several goroutines is in a common order, and lets one wait until the
// others have passed it. The one that is the furthest behind never waits, so one of them always
// goes on.
type turns struct {
	at     []reached
	wanted atomic.Uint64 // the lowest number that a goroutine waits at; the highest if none waits

	mu      sync.Mutex
	changed sync.Cond
}

// reached is the number that a goroutine has reached, in a cache line of its own.
type reached struct {
	number atomic.Uint64
	_      [56]byte
}

func newTurns(n int) *turns {
	t := &turns{at: make([]reached, n)}
	t.changed.L = &t.mu
	t.wanted.Store(math.MaxUint64)
	return t
}

// reach records that a goroutine is done with everything below a number.
func (t *turns) reach(i int, number uint64) {
	t.at[i].number.Store(number)
	if number > t.wanted.Load() {
		t.mu.Lock()
		t.wanted.Store(math.MaxUint64)
		t.changed.Broadcast()
		t.mu.Unlock()
	}
}

// wait returns when all others are beyond the number that a goroutine has reached.
func (t *turns) wait(i int) {
	number := t.at[i].number.Load()
	if t.passed(i, number) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		t.wanted.Store(min(t.wanted.Load(), number)) // before passed, so that none passes unnoticed
		if t.passed(i, number) {
			return
		}
		t.changed.Wait()
	}
}

func (t *turns) passed(i int, number uint64) bool {
	for j := range t.at {
		if j != i && t.at[j].number.Load() <= number {
			return false
		}
	}
	return true
}
