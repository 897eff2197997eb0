// Package sensor publishes what passes to a hub, without secrets and without holding it up.
//
//	source ─> Sensor (a queue) ─> decode.Opened ─> redact.Mask, unless raw ─> hub.Publisher
//
// # Rules
//
//   - Traffic does not wait for the hub: what fits neither in the spool nor in the queue is a
//     Gap, and counted. A source that can wait, as a file, does.
//   - What is published is the plaintext where TLS or compression could be opened. Where it
//     could not, a Gap takes its place, unless raw. Keys are not published.
package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"imapscope/capture"
	"imapscope/capture/hub"
	"imapscope/decode"
	"imapscope/decode/redact"
)

// Options describes a sensor. The zero value is none.
type Options struct {
	URL     string // where to publish, and as which sensor
	Name    string // the sensor's name if the URL has none
	Raw     bool   // publish secrets, and TLS that was not opened, as they are
	Spool   string // see hub.PublishOptions
	Bound   int64
	Keyless bool // the source gives no keys of TLS
	Waits   bool // the source waits while the spool is full
}

// A Sensor is a capture.Sink that publishes. A nil Sensor does nothing.
type Sensor struct {
	queue *capture.Queue // nil if the source waits
	sink  capture.Sink
	pub   *hub.Publisher
	warn  io.Writer
	err   error
}

// Start connects to the hub, and reports on warn what is published and when the hub goes away. It
// returns nil if o.URL is empty.
func Start(o Options, warn io.Writer) (*Sensor, error) {
	switch {
	case o.URL == "" && (o.Raw || o.Spool != "" || o.Bound != 0):
		return nil, errors.New("--raw, --spool and --spool-size go with --publish URL")
	case o.URL == "":
		return nil, nil
	}
	to, err := hub.ParseAddress(o.URL)
	if err != nil {
		return nil, err
	}
	if to.FromStart || to.Now || !to.From.IsZero() || !to.Until.IsZero() {
		return nil, fmt.Errorf("%s: from and until are for reading", hub.Redacted(o.URL))
	}
	if len(to.Sensors) == 0 && o.Name != "" {
		to.Sensors = []string{o.Name}
	}
	s := &Sensor{warn: warn}
	notice := func(text string) { fmt.Fprintf(warn, "imapscope: %s\n", text) }
	if s.pub, err = hub.Publish(to, hub.PublishOptions{Spool: o.Spool, Bound: o.Bound, Notice: notice, Later: !o.Waits}); err != nil {
		return nil, err
	}
	how := "with passwords masked"
	next := capture.Sink(s.pub)
	if o.Raw {
		how = "unmasked, passwords included"
	} else {
		next = redact.NewMask(next).WithoutTLS().WithUsers()
	}
	s.sink = decode.NewOpened(decode.Options{Keyless: o.Keyless}, next)
	if !o.Waits {
		s.queue = capture.NewQueue(s.sink, queued)
	}
	fmt.Fprintf(warn, "imapscope: publishing to %s as sensor %q, %s\n", hub.Redacted(o.URL), s.pub.Sensor(), how)
	return s, nil
}

// queued is how many bytes wait in memory, in front of what waits on the disk.
const queued = 8 << 20

// Event implements capture.Sink. Its error, if the source waits, is that of publishing.
func (s *Sensor) Event(e *capture.Event) error {
	if s.queue != nil {
		return s.queue.Event(e)
	}
	return s.sink.Event(e)
}

// Lost returns how many bytes were not published because they did not fit.
func (s *Sensor) Lost() int64 {
	if s.queue == nil {
		return 0
	}
	return s.queue.Lost()
}

// Depth returns how many bytes wait in front of the spool.
func (s *Sensor) Depth() int64 {
	if s.queue == nil {
		return 0
	}
	return s.queue.Depth()
}

// How long the hub may acknowledge nothing before the end is not waited for any more.
const (
	patience = 30 * time.Second
	hurry    = 5 * time.Second // after Ctrl-C
)

// Finish waits until the hub has acknowledged everything. A nil Sensor has nothing to do. After ctx is
// done it waits less. Events after it are ignored.
func (s *Sensor) Finish(ctx context.Context) error {
	if s == nil {
		return nil
	}
	giveUp, cancel := context.WithCancel(context.Background())
	defer cancel()
	go s.watch(ctx, giveUp, cancel)
	stop := context.AfterFunc(giveUp, s.pub.Abort)
	defer stop()
	if s.queue != nil {
		s.err = s.queue.Stop()
	}
	err := s.pub.Finish(giveUp)
	if n := s.Lost(); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d bytes were not published: the hub could not keep up, or was away for too long", n))
	}
	if err != nil {
		return err // it says what is missing
	}
	return s.err
}

// watch gives up once the hub has acknowledged nothing for too long.
func (s *Sensor) watch(ctx, giveUp context.Context, cancel context.CancelFunc) {
	tick := time.NewTicker(patience / 100)
	defer tick.Stop()
	last, since := s.pub.Acknowledged(), time.Now()
	for {
		select {
		case <-giveUp.Done():
			return
		case now := <-tick.C:
			if n := s.pub.Acknowledged(); n != last {
				last, since = n, now
			}
			if waited := now.Sub(since); waited > patience || waited > hurry && ctx.Err() != nil {
				cancel()
				return
			}
		}
	}
}
