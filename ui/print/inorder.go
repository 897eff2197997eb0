package print

import (
	"cmp"
	"slices"
	"sync"
)

// inOrder passes on what several goroutines found in the order of the source, each in a part of
// it. A source comes in rounds, of which each has a part; when all are done with one, what was
// found in it is passed on. See capture.Shards.
type inOrder[T any] struct {
	each func(*T) error

	mu    sync.Mutex
	parts []*orderedPart[T]
	err   error
}

// orderedPart is what one goroutine found.
type orderedPart[T any] struct {
	all    *inOrder[T]
	round  []placed[T]   // so far
	rounds [][]placed[T] // that others are not done with, under all.mu
}

// placed is something with its place in the order of the source.
type placed[T any] struct {
	it T
	at uint64
}

// part adds a goroutine.
func (o *inOrder[T]) part() *orderedPart[T] {
	p := &orderedPart[T]{all: o}
	o.parts = append(o.parts, p)
	return p
}

// add adds something, and where in the source it was found. It returns an error of passing others
// on.
func (p *orderedPart[T]) add(it T, at uint64) error {
	p.round = append(p.round, placed[T]{it, at})
	return p.all.failure()
}

// failure returns the first error of passing something on.
func (o *inOrder[T]) failure() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err
}

// end ends a round of the goroutine.
func (p *orderedPart[T]) end() {
	o := p.all
	o.mu.Lock()
	defer o.mu.Unlock()
	p.rounds = append(p.rounds, p.round)
	p.round = nil
	for !slices.ContainsFunc(o.parts, func(p *orderedPart[T]) bool { return len(p.rounds) == 0 }) {
		o.pass()
	}
}

// pass passes on the first round.
func (o *inOrder[T]) pass() {
	var round []placed[T]
	for _, p := range o.parts {
		round = append(round, p.rounds[0]...)
		p.rounds = slices.Delete(p.rounds, 0, 1)
	}
	slices.SortStableFunc(round, func(a, b placed[T]) int { return cmp.Compare(a.at, b.at) })
	for i := range round {
		if o.err == nil {
			o.err = o.each(&round[i].it)
		}
	}
}
