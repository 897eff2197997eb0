package print

import (
	"cmp"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// Checkers check what a source reports with several Checkers that run at the same time, each with
// other connections. What they find, and its order, is the same as with one.
type Checkers struct {
	*Checker // with all that was found, after Stop
	Unopened Unopened

	parts   []*checkerPart
	ordered *inOrder[view.Finding]
	shards  *capture.Shards // nil if there is only one Checker
	demux   *decode.Demux   // of the only one
}

// checkerPart is the Handler of one of several Checkers.
type checkerPart struct {
	*Checker
	place
	all *Checkers

	ordered *orderedPart[view.Finding] // nil if findings are kept
}

// NewCheckers returns n Checkers. If each is not nil, it is called with every finding, by one
// Checker at a time, and none is kept.
func NewCheckers(n int, d decode.Options, v view.Options, o lint.Options, each func(*view.Finding) error) (*Checkers, error) {
	whole, err := NewChecker(v, o, each)
	if err != nil {
		return nil, err
	}
	all := &Checkers{Checker: whole}
	if n <= 1 {
		all.demux = decode.NewDemux(d, decode.Handlers{whole, &all.Unopened})
		return all, nil
	}
	common := newCommon()
	ordered := &inOrder[view.Finding]{each: each}
	for range min(n, capture.MaxShards) {
		p := &checkerPart{all: all}
		var add func(*view.Finding) error
		if each != nil {
			p.ordered = ordered.part()
			add = func(f *view.Finding) error { return p.ordered.add(*f, p.place.at) }
		}
		if p.Checker, err = NewChecker(v, common.rules(o, &p.place), add); err != nil {
			return nil, err
		}
		all.parts = append(all.parts, p)
	}
	all.ordered = ordered
	i := 0
	all.shards = capture.NewShards(len(all.parts), func(s *capture.Shard) capture.Sink {
		p := all.parts[i]
		i++
		if p.ordered != nil {
			s.RoundEnd = p.ordered.end
		}
		return common.sink(s, d, &p.place, p)
	})
	return all, nil
}

// KeepFew is called before the first event if WriteText is all that comes of the findings, and it
// is not verbose: only those that it shows are kept.
func (c *Checkers) KeepFew() {
	c.few = true
	for _, p := range c.parts {
		p.few = true
	}
}

// Sink returns what receives the events of the source.
func (c *Checkers) Sink() capture.Sink {
	if c.shards == nil {
		return c.demux
	}
	return c.shards
}

// Stop waits until all is checked. It must be called once, when the source has ended.
func (c *Checkers) Stop() error {
	if c.shards == nil {
		return nil
	}
	err := c.shards.Stop()
	var findings []*Findings
	for _, p := range c.parts {
		findings = append(findings, &p.Findings)
		c.Connections += p.Connections
		c.Transactions += p.Transactions
		c.ServerLegs += p.ServerLegs
		c.made += p.made
		c.worst = max(c.worst, p.worst)
		c.book.Merge(&p.book)
	}
	c.Findings.merge(findings)
	return cmp.Or(err, c.ordered.failure())
}

// Events implements decode.Handler.
func (p *checkerPart) Events(id capture.ConnID, events []decode.Event) error {
	p.begin(id)
	p.Findings.at = p.place.at
	if err := p.Checker.Events(id, events); err != nil {
		return err
	}
	if slices.ContainsFunc(events, isDark) {
		p.turn()
		return p.all.Unopened.Events(id, events)
	}
	return nil
}

func isDark(e decode.Event) bool {
	_, ok := e.(*decode.Dark)
	return ok
}
