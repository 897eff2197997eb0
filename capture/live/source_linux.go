package live

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"imapscope/capture"
	"imapscope/capture/pcap"
)

const (
	tickEvery  = time.Second
	drainAtEnd = 200 * time.Millisecond
)

// Source reports the TCP connections seen on an interface.
type Source struct {
	opts Options
	sock *socket
}

// New opens the interface; frames that arrive from then on are kept for Run. Its
// errors are one line that says what to do.
func New(o Options) (*Source, error) {
	index, err := o.index()
	if err != nil {
		return nil, err
	}
	ports := o.filterPorts()
	if o.AnyPort {
		ports = nil
	}
	code, err := filter(ports)
	if err != nil {
		return nil, err
	}
	sock, err := listen(index, o.Promiscuous, code)
	if err != nil {
		return nil, err
	}
	return &Source{opts: o, sock: sock}, nil
}

// Run reports connections until ctx is done, then the frames that had arrived by
// then, and returns nil, as this is how a capture normally ends. It may be called
// once and closes the Source.
func (s *Source) Run(ctx context.Context, sink capture.Sink) error {
	defer func() { _ = s.Close() }() // nothing is written to it
	stop := context.AfterFunc(ctx, func() { s.sock.waitUntil(time.Unix(1, 0)) })
	defer stop()
	a := pcap.NewAssembler(s.opts.assembler(), sink)
	if err := s.listen(ctx, a); err != nil {
		return err
	}
	return a.Flush()
}

// Stats returns the counts so far. It may be called at any time, from any
// goroutine.
func (s *Source) Stats() Stats { return s.sock.count() }

// Close closes a Source that was not run.
func (s *Source) Close() error { return s.sock.close() }

// listen feeds frames until ctx is done or the interface is gone.
func (s *Source) listen(ctx context.Context, a *pcap.Assembler) error {
	s.sock.waitUntil(time.Now().Add(tickEvery))
	var p pcap.Packet
	for ctx.Err() == nil {
		err := s.sock.next(&p)
		switch {
		case err == nil:
			if err := a.Packet(&p); err != nil {
				return err
			}
		case errors.Is(err, os.ErrDeadlineExceeded):
			// Set before ctx is checked again, so that its end is not missed.
			s.sock.waitUntil(time.Now().Add(tickEvery))
			if err := a.Tick(time.Now()); err != nil {
				return err
			}
		case errors.Is(err, unix.ENETDOWN) && s.opts.Interface == Any:
			// One of many went down.
		default:
			return errors.Join(a.Flush(), s.explain(err))
		}
	}
	return s.drain(a)
}

// drain feeds the frames that had arrived when ctx was done; on a busy interface,
// only for a moment.
func (s *Source) drain(a *pcap.Assembler) error {
	var p pcap.Packet
	for end := time.Now().Add(drainAtEnd); time.Now().Before(end); {
		more, err := s.sock.pending(&p)
		if err != nil || !more {
			return nil // the interface may be gone by now
		}
		if err := a.Packet(&p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) explain(err error) error {
	if errors.Is(err, unix.ENETDOWN) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
		return fmt.Errorf("sniff: interface %s went down", s.opts.Interface)
	}
	return fmt.Errorf("sniff: reading from %s: %w", s.opts.Interface, err)
}
