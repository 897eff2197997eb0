package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// maxFlight and maxFlightBytes bound what has been sent and not acknowledged yet.
	maxFlight      = 1024
	maxFlightBytes = 8 << 20
	// ackTimeout is how long the server may take to acknowledge a message.
	ackTimeout = 10 * time.Second
	// retryFirst and retryMost are how long the sender waits before it sends again.
	retryFirst = 100 * time.Millisecond
	retryMost  = 2 * time.Second
)

// sender sends the messages of a spool in their order. After a failure it sends again
// everything that was not acknowledged, in the same order.
type sender struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	spool  *spool
	own    string // how the IDs of this run begin
	server string
	notice func(string)
	ctx    context.Context
	stop   context.CancelFunc

	flight []flight
	bytes  int // of flight
	away   bool
	wait   time.Duration
	count  atomic.Int64 // acknowledged facts

	mu    sync.Mutex
	fatal error
}

// flight is a message that was sent.
type flight struct {
	*entry
	ack jetstream.PubAckFuture // nil if it could not be sent
	err error                  // why
}

func newSender(a *Address, run string, from *spool, o *PublishOptions) (*sender, error) {
	s := &sender{own: run + "-", spool: from, server: Redacted(a.Server), notice: o.Notice}
	s.ctx, s.stop = context.WithCancel(context.Background())
	var err error
	options := []nats.Option{
		nats.CustomInboxPrefix(InboxPrefix(a.Sensors[0])),
		nats.ReconnectBufSize(-1), // what cannot be sent is kept in the spool only
		nats.ReconnectWait(retryFirst), nats.ReconnectJitter(retryFirst, retryFirst),
		nats.ErrorHandler(s.refused), nats.ClosedHandler(s.ended),
	}
	s.nc, err = Connect(a.Server, a.Creds, options...)
	if errors.Is(err, nats.ErrNoServers) && o.Later {
		s.awaits(err)
		s.nc, err = Connect(a.Server, a.Creds, append(options, nats.RetryOnFailedConnect(true))...)
	}
	if err != nil {
		s.stop()
		return nil, err
	}
	s.js, err = jetstream.New(s.nc, jetstream.WithPublishAsyncMaxPending(64*maxFlight), jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// refused handles an error that the server reports of its own accord.
func (s *sender) refused(_ *nats.Conn, _ *nats.Subscription, err error) {
	if errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), prefix) {
		s.fail(fmt.Errorf("%s: these credentials may not publish as this sensor: %w", s.server, err))
	}
}

// ended handles that the connection is closed for good: nats.go gives up when the credentials are
// refused twice.
func (s *sender) ended(nc *nats.Conn) {
	if s.ctx.Err() == nil {
		s.fail(fmt.Errorf("%s: %w", s.server, errors.Join(nc.LastError(), nats.ErrConnectionClosed)))
	}
}

// fail ends the sender.
func (s *sender) fail(err error) {
	s.mu.Lock()
	if s.fatal == nil {
		s.fatal = err
	}
	s.mu.Unlock()
	s.stop()
	s.spool.end()
}

// failure returns why the sender has ended, or nil.
func (s *sender) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fatal
}

func (s *sender) acked() int64 { return s.count.Load() }

// close closes the connection.
func (s *sender) close() {
	s.stop()
	s.nc.Close()
}

// send sends until the spool has ended and is empty.
func (s *sender) send() {
	for s.ctx.Err() == nil {
		if len(s.flight) < maxFlight && s.bytes < maxFlightBytes {
			e, done, changed, err := s.spool.next()
			switch {
			case err != nil:
				s.notice(err.Error())
				continue
			case e != nil:
				s.flight = append(s.flight, s.publish(e))
				s.bytes += len(e.payload)
				continue
			case len(s.flight) > 0:
				s.settle(changed)
				continue
			case done:
				return
			}
			select {
			case <-changed:
			case <-s.ctx.Done():
			}
			continue
		}
		s.settle(nil)
	}
}

// publish sends a message.
func (s *sender) publish(e *entry) flight {
	m := &nats.Msg{Subject: e.subject, Data: e.payload, Header: nats.Header{jetstream.MsgIDHeader: {e.id}}}
	ack, err := s.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
	return flight{entry: e, ack: ack, err: err}
}

// settle waits until the oldest message is acknowledged or has failed, or there may be more to send.
func (s *sender) settle(more <-chan struct{}) {
	f := &s.flight[0]
	if f.ack == nil {
		s.again(f.err)
		return
	}
	select {
	case <-f.ack.Ok():
		if strings.HasPrefix(f.id, s.own) { // not of an earlier run
			s.count.Add(int64(f.facts))
		}
		s.spool.done(f.entry)
		s.bytes -= len(f.payload)
		s.flight[0] = flight{}
		if s.flight = s.flight[1:]; len(s.flight) == 0 {
			s.flight = nil
		}
		s.wait = 0
		if s.away {
			s.away = false
			s.notice(s.server + " is back")
		}
	case err := <-f.ack.Err():
		s.again(err)
	case <-more:
	case <-s.ctx.Done():
	}
}

// again waits and sends everything again that was not acknowledged. What the server has, it
// drops by its ID.
func (s *sender) again(err error) {
	noStream := errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders)
	made := noStream && s.makeStream()
	if !s.away && !made {
		s.awaits(err)
	}
	s.wait = min(max(2*s.wait, retryFirst), retryMost)
	select {
	case <-time.After(s.wait):
	case <-s.ctx.Done():
		return
	}
	for i := range s.flight {
		s.flight[i] = s.publish(s.flight[i].entry)
	}
}

// awaits reports that the server is away.
func (s *sender) awaits(err error) {
	s.away = true
	s.notice(fmt.Sprintf("%s does not accept what is published: %v; up to %d KB are kept until it does", s.server, err, s.spool.bound>>10))
}

// makeStream makes the stream if there is none, and reports whether it could: a sensor's
// credentials do not allow it.
func (s *sender) makeStream() bool {
	ctx, cancel := context.WithTimeout(s.ctx, ackTimeout/5)
	defer cancel()
	_, err := EnsureStream(ctx, s.js, Limits{})
	return err == nil
}
