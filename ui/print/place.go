package print

import (
	"sync"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/layer"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// place is where in the order of the source one of several is that run at the same time, each in
// a capture.Shard.
type place struct {
	shard *capture.Shard // set before the first event
	at    uint64
}

// begin begins with what is next of a connection.
func (p *place) begin(id capture.ConnID) { p.at = p.shard.Begin(id) }

// turn waits until the others are done with everything that comes before.
func (p *place) turn() { p.shard.Wait() }

// common is what they have in common, whatever they do: the keys of TLS sessions, and what rules
// compare across connections.
type common struct {
	keys   *layer.SharedKeys
	waits  sharedWaits
	shared *lint.Shared

	findings, texts view.Quota // that are kept until they are printed
}

func newCommon() *common {
	return &common{
		keys: layer.NewSharedKeys(new(sync.Mutex)), shared: lint.NewShared(),
		waits: sharedWaits{all: make(lint.Histograms)},
	}
}

// rules returns the options of the Linter of one of them. All have one, or none.
func (c *common) rules(o lint.Options, p *place) lint.Options {
	o.Shared, o.Turn, o.Waits = c.shared, p.turn, c.waits.part(p)
	return o
}

// sink returns what decodes in a Shard, and reports to the Handler of the one that runs there.
func (c *common) sink(s *capture.Shard, o decode.Options, p *place, h decode.Handler) capture.Sink {
	p.shard = s
	o.Keys = c.keys.Keys(p.turn)
	demux := decode.NewDemux(o, h)
	demux.Begin = p.begin
	return demux
}
