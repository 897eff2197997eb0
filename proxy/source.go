package proxy

import (
	"context"
	"errors"
	"net"

	"imapscope/capture"
)

// A Source is a Proxy as a capture.Source: it serves its listener and reports the traffic.
type Source struct {
	Proxy    *Proxy
	Listener net.Listener
	Record   capture.Sink // receives a copy too; may be nil

	// RecordWire makes the copy for Record that of Proxy.Wire, with the client's TLS as it
	// passes.
	RecordWire bool

	// Copies receive a copy too: sinks that do not block.
	Copies capture.Tee

	// Queued is called before the first connection with the queue in front of the sink of
	// Run, and Ending once the connections have ended, before the rest of that queue is
	// reported: from then on the sink must not wait for long. Both may be nil.
	Queued func(*capture.Queue)
	Ending func()

	// Lost is called at the end with the number of bytes that were forwarded but not
	// reported, because the sink of Run could not keep up. It may be nil.
	Lost func(n int64)
}

// Run implements capture.Source: it serves until ctx is done and the connections have
// ended. The sink, which may be nil, is behind a queue that drops data rather than block.
func (s *Source) Run(ctx context.Context, sink capture.Sink) error {
	taps := append(capture.Tee(nil), s.Copies...)
	var queue *capture.Queue
	if sink != nil {
		queue = capture.NewQueue(sink, 0)
		taps = append(taps, queue)
		if s.Queued != nil {
			s.Queued(queue)
		}
	}
	switch {
	case s.Record == nil:
	case s.RecordWire:
		s.Proxy.Wire = s.Record
	default:
		taps = append(taps, s.Record)
	}
	if len(taps) > 0 {
		s.Proxy.Sink = taps
	}
	err := s.Proxy.Serve(ctx, s.Listener)
	if s.Ending != nil {
		s.Ending()
	}
	if queue == nil {
		return err
	}
	err = errors.Join(err, queue.Stop())
	if n := queue.Lost(); n > 0 && s.Lost != nil {
		s.Lost(n)
	}
	return err
}
