package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"imapscope/capture"
)

// A Source is a capture.Source that reads what sensors have published. The Origin of a
// connection is the sensor's name.
type Source struct {
	Address *Address
	Notice  func(text string) // called when the server goes away and comes back; may be nil

	figures Figures
	seen    uint64 // sequence number in the stream of the last message
	target  uint64 // of the last message to read; 0: there is none
}

// Figures returns what was read. It must not be called before Run has returned.
func (s *Source) Figures() Figures { return s.figures }

// The most that the server sends ahead.
const (
	aheadMessages = 512
	aheadBytes    = 8 << 20
)

// idleCheck is how long nothing may come before the reader asks whether anything will.
const idleCheck = time.Second

// Run implements capture.Source. It ends when ctx is done, or with what the Address names.
func (s *Source) Run(ctx context.Context, sink capture.Sink) error {
	nc, err := Connect(s.Address.Server, s.Address.Creds, nats.CustomInboxPrefix(ReaderInbox))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	f, err := newFeed(sink)
	if err != nil {
		return err
	}
	err = s.read(ctx, js, f)
	if ended := f.end(); err == nil || errors.Is(err, ctx.Err()) {
		err = errors.Join(err, ended)
	}
	s.figures = f.figures
	return err
}

// read reads, and goes on where it was when the server comes back.
func (s *Source) read(ctx context.Context, js jetstream.JetStream, f *feed) error {
	wait := retryFirst
	for first := true; ; first = false {
		before := s.seen
		done, err := s.consume(ctx, js, f, first)
		if sinks := new(sinkError); errors.As(err, &sinks) {
			return sinks.error
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case done:
			return nil
		case first && s.seen == 0:
			return fmt.Errorf("%s: %w", Redacted(s.Address.Server), s.explain(err))
		case s.seen > before:
			wait = retryFirst
		}
		if wait == retryFirst && s.Notice != nil {
			s.Notice(fmt.Sprintf("%s: %v; waiting for it", Redacted(s.Address.Server), err))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, retryMost)
	}
}

// explain adds what to do about an error at the beginning.
func (s *Source) explain(err error) error {
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return errors.New("nothing was published there (imapscope hub makes the stream " + Stream + ")")
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, nats.ErrNoResponders):
		return errors.New("the NATS server there has no JetStream: start it with -js")
	case errors.Is(err, context.DeadlineExceeded) && s.Address.Creds != "":
		return errors.New("no answer: these credentials may not read (a sensor's may only publish)")
	}
	return err
}

// sinkError is an error of the Sink.
type sinkError struct{ error }

// consume reads until an error, or until all that the Address names was read.
func (s *Source) consume(ctx context.Context, js jetstream.JetStream, f *feed, first bool) (done bool, err error) {
	stream, err := js.Stream(ctx, Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) && !s.Address.Now && s.Address.Until.IsZero() {
		stream, err = EnsureStream(ctx, js, Limits{}) // a sensor may come later
	}
	if err != nil {
		return false, err
	}
	state := stream.CachedInfo().State
	if first && s.Address.Now {
		if s.target = state.LastSeq; state.Msgs == 0 {
			return true, nil
		}
	}
	if s.seen > state.LastSeq {
		s.seen = 0 // another stream
	}
	consumer, err := js.OrderedConsumer(ctx, Stream, s.config(first))
	if err != nil {
		return false, err
	}
	defer forget(ctx, js, consumer)
	if info := consumer.CachedInfo(); s.target > 0 && info != nil && info.NumPending == 0 {
		return true, nil
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessagesWithBytesLimit(aheadMessages, aheadBytes))
	if err != nil {
		return false, err
	}
	defer messages.Stop()
	for {
		within, cancel := context.WithTimeout(ctx, idleCheck)
		m, err := messages.Next(jetstream.NextContext(within))
		cancel()
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case errors.Is(err, context.DeadlineExceeded):
			if err := f.giveUp(time.Now()); err != nil {
				return false, &sinkError{err}
			}
			if done, err = s.exhausted(ctx, consumer); done || err != nil {
				return done, err
			}
			continue
		case err != nil:
			return false, err
		}
		if done, err = s.message(m, f); done || err != nil {
			return done, err
		}
	}
}

// forget removes a consumer that is not needed any more. The server does so by itself after a time.
func forget(ctx context.Context, js jetstream.JetStream, c jetstream.Consumer) {
	info := c.CachedInfo()
	if info == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), retryMost)
	defer cancel()
	_ = js.DeleteConsumer(ctx, Stream, info.Name) // if it fails, the server does it
}

// message handles a message of the stream. It reports whether that was the last one to read.
func (s *Source) message(m jetstream.Msg, f *feed) (done bool, err error) {
	meta, err := m.Metadata()
	if err != nil {
		return false, err
	}
	if until := s.Address.Until; !until.IsZero() && !meta.Timestamp.Before(until) {
		return true, nil
	}
	if s.target > 0 && meta.Sequence.Stream > s.target {
		return true, nil
	}
	s.seen = meta.Sequence.Stream
	if !s.wants(m.Subject()) {
		return s.target > 0 && s.seen >= s.target, nil
	}
	if err := f.message(m.Subject(), m.Data(), time.Now()); err != nil {
		return false, &sinkError{err}
	}
	return s.target > 0 && (s.seen >= s.target || meta.NumPending == 0), nil
}

// wants reports whether a message is of a sensor that the Address names.
func (s *Source) wants(subject string) bool {
	return len(s.Address.Sensors) < 2 || slices.ContainsFunc(s.Address.Sensors, func(sensor string) bool {
		return strings.HasPrefix(subject, prefix+Token(sensor)+".")
	})
}

// exhausted reports whether nothing more will come that is to be read.
func (s *Source) exhausted(ctx context.Context, c jetstream.Consumer) (bool, error) {
	until := s.Address.Until
	if s.target == 0 && (until.IsZero() || time.Now().Before(until)) {
		return false, nil
	}
	info, err := c.Info(ctx)
	if err != nil {
		return false, err
	}
	return info.NumPending == 0, nil
}

// config says where to read from.
func (s *Source) config(first bool) jetstream.OrderedConsumerConfig {
	c := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverNewPolicy}
	if len(s.Address.Sensors) == 1 { // NATS 2.9 filters by one subject only
		c.FilterSubjects = []string{SensorSubjects(s.Address.Sensors[0])}
	}
	switch from := s.Address.From; {
	case s.seen > 0:
		c.DeliverPolicy, c.OptStartSeq = jetstream.DeliverByStartSequencePolicy, s.seen+1
	case s.Address.FromStart, !first:
		c.DeliverPolicy = jetstream.DeliverAllPolicy
	case !from.IsZero():
		c.DeliverPolicy, c.OptStartTime = jetstream.DeliverByStartTimePolicy, &from
	}
	return c
}
