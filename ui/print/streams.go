package print

import (
	"errors"
	"fmt"
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// Streams print what a source reports with several Streams that run at the same time, each with
// other connections. What they print, and its order, is the same as with one.
//
//	source ─> Shards ─┬─> Demux ─> Stream ─> Printer ─┬─> inOrder ─> the output
//	                  └─> Demux ─> Stream ─> Printer ─┘
type Streams struct {
	Unopened Unopened

	parts   []*streamPart
	shards  *capture.Shards
	failure func() error // of the output
	one     *Stream      // if there is only one
	demux   *decode.Demux
}

// StreamsOptions are the options of Streams.
type StreamsOptions struct {
	StreamOptions
	Decode   decode.Options
	Findings *lint.Options // of the findings to print in place; nil prints none
}

// A PartPrinter prints for one of several Streams. It emits what it prints of a call of Events
// before the call of End. What it holds is part of what all hold together.
type PartPrinter interface {
	Printer
	// Begin begins a call of Events; at is its place in the order of the source.
	Begin(at uint64)
	// End ends it.
	End(capture.ConnID) error
}

// streamPart is the Handler of one of the Streams.
type streamPart struct {
	*Stream
	place
	all     *Streams
	printer PartPrinter

	failed uint64 // where the filter failed first
}

// NewStreams returns n Streams. Each has a PartPrinter, which emits what it prints; each is called
// with that, in order, by one goroutine at a time.
func NewStreams[T any](n int, o StreamsOptions, printer func(emit func(T) error, quota *view.Quota) PartPrinter, each func(*T) error) (*Streams, error) {
	if n <= 1 {
		return newOneStream(printer(func(x T) error { return each(&x) }, nil), o)
	}
	return newStreams(n, o, &inOrder[T]{each: each}, printer)
}

// newOneStream returns Streams of which there is only one, with a Printer to the output.
func newOneStream(p Printer, o StreamsOptions) (*Streams, error) {
	all := &Streams{}
	var err error
	if all.one, err = NewStream(p, o.StreamOptions); err != nil {
		return nil, err
	}
	if o.Findings != nil {
		all.one.Findings, err = view.NewFindings(o.Options, *o.Findings)
	}
	all.demux = decode.NewDemux(o.Decode, decode.Handlers{all.one, &all.Unopened})
	return all, err
}

func newStreams[T any](n int, o StreamsOptions, ordered *inOrder[T], printer func(emit func(T) error, quota *view.Quota) PartPrinter) (*Streams, error) {
	all := &Streams{failure: ordered.failure}
	common := newCommon()
	var ends []func()
	for range min(n, capture.MaxShards) {
		p := &streamPart{all: all}
		out := ordered.part()
		ends = append(ends, out.end)
		p.printer = printer(func(x T) error { return out.add(x, p.at) }, common.texts.Part(p.turn))
		var err error
		if p.Stream, err = NewStream(p.printer, o.StreamOptions); err != nil {
			return nil, err
		}
		if o.Findings != nil {
			if p.Findings, err = view.NewFindings(o.Options, common.rules(*o.Findings, &p.place)); err != nil {
				return nil, err
			}
			p.Findings.Quota = common.findings.Part(p.turn)
		}
		all.parts = append(all.parts, p)
	}
	i := 0
	all.shards = capture.NewShards(len(all.parts), func(s *capture.Shard) capture.Sink {
		p := all.parts[i]
		s.RoundEnd = ends[i]
		i++
		return common.sink(s, o.Decode, &p.place, p)
	})
	return all, nil
}

// Sink returns what receives the events of the source.
func (s *Streams) Sink() capture.Sink {
	if s.one != nil {
		return s.demux
	}
	return s.shards
}

// Stop waits until all is printed. It must be called once, when the source has ended.
func (s *Streams) Stop() error {
	if s.one != nil {
		return nil
	}
	err := s.shards.Stop()
	if failed := s.failure(); err == nil {
		err = failed
	}
	return err
}

// FilterError reports how many rows the filter failed for, and its first error; see Stream.
func (s *Streams) FilterError() error {
	if s.one != nil {
		return s.one.FilterError()
	}
	n := 0
	var first *streamPart
	for _, p := range s.parts {
		if failed := p.filter.Failed(); failed > 0 {
			n += failed
			if first == nil || p.failed < first.failed {
				first = p
			}
		}
	}
	if n == 0 {
		return nil
	}
	return filterError(n, first.filter.Err())
}

// filterError returns the error of a filter that failed for n rows.
func filterError(n int, first error) error {
	return fmt.Errorf("--filter failed for %s, not shown; the first error: %w", view.Count(n, "row"), first)
}

// Events implements decode.Handler.
func (p *streamPart) Events(id capture.ConnID, events []decode.Event) error {
	p.begin(id)
	p.printer.Begin(p.at)
	failed := p.filter.Failed() > 0
	err := p.Stream.Events(id, events)
	if !failed && p.filter.Failed() > 0 {
		p.failed = p.at
	}
	if err = errors.Join(err, p.printer.End(id)); err != nil {
		return err
	}
	if slices.ContainsFunc(events, isDark) {
		p.turn()
		return p.all.Unopened.Events(id, events)
	}
	return nil
}
