package print

import (
	"cmp"
	"slices"
	"sync"
)

// maxCalls is how many functions one goroutine adds to calls before it waits until they are called.
const maxCalls = 1 << 12

// calls are functions that several goroutines add, each in a part of the source, and that are
// called one at a time in the order of the source. The zero value is ready to use.
type calls struct {
	mu    sync.Mutex
	parts []*partCalls
}

// partCalls are those that one goroutine added.
type partCalls struct {
	all  *calls
	part *place
	own  []placed[func()] // not called yet, under all.mu
}

// of adds a goroutine. Its functions are called once it is at another place.
func (c *calls) of(p *place) *partCalls {
	x := &partCalls{all: c, part: p}
	c.parts = append(c.parts, x)
	return x
}

// later has a function called in its turn, at the place where the goroutine is.
func (p *partCalls) later(do func()) {
	if p.add(do, p.part.at) >= maxCalls {
		p.settle()
	}
}

// add adds a function for a place, and returns how many of the goroutine wait.
func (p *partCalls) add(do func(), at uint64) int {
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	p.own = append(p.own, placed[func()]{do, at})
	return len(p.own)
}

// settle returns when all functions up to the place of the goroutine were called.
func (p *partCalls) settle() {
	p.part.turn() // the others have added theirs
	p.all.call(p.part.at)
}

// call calls the functions up to a place.
func (c *calls) call(to uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var due []placed[func()]
	for _, p := range c.parts {
		n, _ := slices.BinarySearchFunc(p.own, to, func(x placed[func()], to uint64) int {
			if x.at <= to {
				return -1
			}
			return 1
		})
		due = append(due, p.own[:n]...)
		p.own = slices.Delete(p.own, 0, n)
	}
	slices.SortStableFunc(due, func(a, b placed[func()]) int { return cmp.Compare(a.at, b.at) })
	for _, x := range due {
		x.it()
	}
}
