package print

import (
	"math"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	reasons "imapscope/decode/why"
)

// Reasoners find the reasons in what a source reports with several Reasoners that run at the same
// time, each with other connections. What they find is the same as with one. Until it is its turn,
// each keeps at most maxCalls small facts about what connections have in common.
type Reasoners struct {
	*reasons.Reasoner // with all that was found, after Stop
	Unopened          Unopened

	parts  []*reasonerPart
	calls  calls
	shards *capture.Shards // nil if there is only one Reasoner
	demux  *decode.Demux   // of the only one
}

// reasonerPart is the Handler of one of several Reasoners.
type reasonerPart struct {
	*reasons.Reasoner
	place
	all *Reasoners
}

// NewReasoners returns n Reasoners, which judge connections by a dialect as lint.Options says.
func NewReasoners(n int, dialect protocol.Dialect) (*Reasoners, error) {
	whole, err := reasons.New(lint.Options{Dialect: dialect})
	if err != nil {
		return nil, err
	}
	all := &Reasoners{Reasoner: whole}
	o := decode.Options{Dialect: dialect}
	if n <= 1 {
		all.demux = decode.NewDemux(o, decode.Handlers{whole, &all.Unopened})
		return all, nil
	}
	common := newCommon()
	for range min(n, capture.MaxShards) {
		p := &reasonerPart{all: all}
		calls := all.calls.of(&p.place)
		p.Reasoner, err = whole.Part(reasons.PartOptions{
			Rules: common.rules(lint.Options{Dialect: dialect}, &p.place), Later: calls.later, Settle: calls.settle,
		})
		if err != nil {
			return nil, err
		}
		all.parts = append(all.parts, p)
	}
	i := 0
	all.shards = capture.NewShards(len(all.parts), func(s *capture.Shard) capture.Sink {
		p := all.parts[i]
		i++
		return common.sink(s, o, &p.place, p)
	})
	all.shards.Opening = all.opening()
	return all, nil
}

// opening returns what reports the opening of connections, some of which have no other event.
func (r *Reasoners) opening() func(*capture.Conn, uint64) error {
	calls, opened := r.calls.of(nil), 0
	return func(c *capture.Conn, at uint64) error {
		if opened++; opened <= reasons.MaxLives {
			info := *c
			calls.add(func() { r.Opened(&info) }, at)
		}
		return nil
	}
}

// Sink returns what receives the events of the source.
func (r *Reasoners) Sink() capture.Sink {
	if r.shards == nil {
		return r.demux
	}
	return r.shards
}

// Stop waits until all is followed. It must be called once, when the source has ended.
func (r *Reasoners) Stop() error {
	if r.shards == nil {
		return nil
	}
	err := r.shards.Stop()
	r.calls.call(math.MaxUint64)
	for _, p := range r.parts {
		r.Join(p.Reasoner)
	}
	return err
}

// Events implements decode.Handler.
func (p *reasonerPart) Events(id capture.ConnID, events []decode.Event) error {
	p.begin(id)
	if err := p.Reasoner.Events(id, events); err != nil {
		return err
	}
	if slices.ContainsFunc(events, isDark) {
		p.turn()
		return p.all.Unopened.Events(id, events)
	}
	return nil
}
