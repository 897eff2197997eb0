package print

import (
	"cmp"
	"slices"
	"sync"

	"imapscope/ui/view"
)

// inOrder passes on the findings of several Checkers in the order of the source. A source comes in
// rounds, of which each Checker has a part; when all are done with one, its findings are passed on.
type inOrder struct {
	each func(*view.Finding) error

	mu    sync.Mutex
	parts []*orderedPart
	err   error
}

// orderedPart is the findings of one Checker.
type orderedPart struct {
	all    *inOrder
	round  []keptFinding   // so far
	rounds [][]keptFinding // that others are not done with, under all.mu
}

// part adds a Checker.
func (o *inOrder) part() *orderedPart {
	p := &orderedPart{all: o}
	o.parts = append(o.parts, p)
	return p
}

// add adds a finding, and where in the source it was found. It returns an error of passing others
// on.
func (p *orderedPart) add(f *view.Finding, at uint64) error {
	p.round = append(p.round, keptFinding{*f, at})
	p.all.mu.Lock()
	defer p.all.mu.Unlock()
	return p.all.err
}

// end ends a round of the Checker.
func (p *orderedPart) end() {
	o := p.all
	o.mu.Lock()
	defer o.mu.Unlock()
	p.rounds = append(p.rounds, p.round)
	p.round = nil
	for !slices.ContainsFunc(o.parts, func(p *orderedPart) bool { return len(p.rounds) == 0 }) {
		o.pass()
	}
}

// pass passes on the first round.
func (o *inOrder) pass() {
	var round []keptFinding
	for _, p := range o.parts {
		round = append(round, p.rounds[0]...)
		p.rounds = slices.Delete(p.rounds, 0, 1)
	}
	slices.SortStableFunc(round, func(a, b keptFinding) int { return cmp.Compare(a.at, b.at) })
	for i := range round {
		if o.err == nil {
			o.err = o.each(&round[i].Finding)
		}
	}
}
