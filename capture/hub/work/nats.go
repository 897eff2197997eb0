package work

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"imapscope/capture/hub"
)

// MaxDeliver is how many times a unit is given to a worker. One that none of them completes ends their
// processes, or cannot be written.
const MaxDeliver = 5

// DefaultAckWait is how long a worker is not heard of before another one gets its unit.
const DefaultAckWait = 30 * time.Second

const (
	lookEvery = 200 * time.Millisecond // how often a coordinator asks what is done
	lookTakes = 50 * time.Microsecond  // how much more for each unit that is missing
	askEvery  = 5                      // of these times, how often it asks the queue
	idleAsks  = 3                      // how many times in a row the queue has nothing before what is missing is lost
	fetchWait = 2 * time.Second        // how long a worker waits for a unit before it looks whether the job is over
	nakDelay  = 2 * time.Second        // after an error

	maxMessage = 1 << 10  // bytes; a message has only a subject
	maxQueue   = 64 << 20 // bytes of all messages
)

// Job is the work of one queue.
type Job struct {
	ID      string              // of letters and digits
	Done    func(unit int) bool // whether a unit is done
	AckWait time.Duration       // 0 means DefaultAckWait
}

func subject(id string, unit int) string { return hub.WorkSubject(id, strconv.Itoa(unit)) }

// Coordinate puts units into the queue of a job, and waits until they are done; done is called for
// each. It returns those that no worker completed. Then it removes the queue, which ends the workers. If
// ctx ends first, the queue stays, and workers go on: another Coordinate continues.
func Coordinate(ctx context.Context, nc *nats.Conn, job Job, units []int, done func(unit int)) ([]int, error) {
	if job.AckWait == 0 {
		job.AckWait = DefaultAckWait
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: hub.WorkStream, Subjects: []string{hub.WorkSubjects}, Retention: jetstream.WorkQueuePolicy,
		Storage: jetstream.FileStorage, MaxMsgSize: maxMessage, MaxBytes: maxQueue, Discard: jetstream.DiscardNew,
	})
	if err != nil {
		return nil, fmt.Errorf("the stream %s: %w", hub.WorkStream, err)
	}
	queue, err := stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
		Durable: job.ID, FilterSubject: hub.WorkSubject(job.ID, "*"), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: job.AckWait, MaxDeliver: MaxDeliver, MaxAckPending: len(units) + 1,
	})
	if err != nil {
		return nil, fmt.Errorf("the queue of the scan: %w", err)
	}
	// What an earlier coordinator put there and no worker has done is put there again, with all its
	// attempts.
	if err := stream.Purge(ctx, jetstream.WithPurgeSubject(hub.WorkSubject(job.ID, "*"))); err != nil {
		return nil, fmt.Errorf("the queue of the scan: %w", err)
	}
	if err := publish(ctx, js, job.ID, units); err != nil {
		return nil, fmt.Errorf("the queue of the scan: %w", err)
	}
	lost, err := await(ctx, queue, job, units, done)
	if err != nil {
		return nil, err
	}
	if err := stream.DeleteConsumer(ctx, job.ID); err != nil {
		return nil, fmt.Errorf("the queue of the scan: %w", err)
	}
	return lost, stream.Purge(ctx, jetstream.WithPurgeSubject(hub.WorkSubject(job.ID, "*")))
}

// publish puts units into the queue.
func publish(ctx context.Context, js jetstream.JetStream, id string, units []int) error {
	acks := make([]jetstream.PubAckFuture, 0, len(units))
	for _, unit := range units {
		ack, err := js.PublishAsync(subject(id, unit), nil)
		if err != nil {
			return err
		}
		acks = append(acks, ack)
	}
	for _, ack := range acks {
		select {
		case <-ack.Ok():
		case err := <-ack.Err():
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// await waits until units are done, or the queue has no more of them.
func await(ctx context.Context, queue jetstream.Consumer, job Job, units []int, done func(int)) ([]int, error) {
	idle, missing := 0, append([]int(nil), units...)
	for look := 1; ; look++ {
		rest := missing[:0]
		for _, unit := range missing {
			if job.Done(unit) {
				done(unit)
			} else {
				rest = append(rest, unit)
			}
		}
		if missing = rest; len(missing) == 0 || idle == idleAsks {
			return missing, nil
		}
		if look%askEvery == 0 {
			if info, err := queue.Info(ctx); err == nil && info.NumPending == 0 && info.NumAckPending == 0 {
				idle++
			} else {
				idle = 0 // a server that is away comes back
			}
		}
		select {
		case <-time.After(max(lookEvery, time.Duration(len(missing))*lookTakes)):
		case <-ctx.Done():
			return missing, ctx.Err()
		}
	}
}

// A Worker does units of a job.
type Worker struct {
	ID   string      // of the job
	N    int         // how many units at a time
	Do   Do          //
	Over func() bool // whether the job is over, also if it was completed without its queue
}

// Serve takes units from the queue of a job until the queue is removed, or the job is over. It returns
// how many were done. While the server is away, it waits for it.
func Serve(ctx context.Context, nc *nats.Conn, w Worker) (int, error) {
	js, err := jetstream.New(nc)
	if err != nil {
		return 0, err
	}
	queue, err := awaitQueue(ctx, js, &w)
	if errors.Is(err, errOver) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var did atomic.Int64
	var wait sync.WaitGroup
	errs := make([]error, w.N)
	for i := range errs {
		wait.Go(func() {
			for errs[i] == nil {
				var ok bool
				if ok, errs[i] = take(ctx, queue, &w); ok {
					did.Add(1)
				}
			}
			if errors.Is(errs[i], errOver) {
				errs[i] = nil
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return int(did.Load()), ctx.Err()
	}
	return int(did.Load()), errors.Join(errs...)
}

// awaitQueue returns the queue of a job as soon as there is one.
func awaitQueue(ctx context.Context, js jetstream.JetStream, w *Worker) (jetstream.Consumer, error) {
	for {
		queue, err := js.Consumer(ctx, hub.WorkStream, w.ID)
		switch {
		case err == nil:
			return queue, nil
		case !errors.Is(err, jetstream.ErrConsumerNotFound) && !errors.Is(err, jetstream.ErrStreamNotFound):
			return nil, fmt.Errorf("the queue of the scan: %w", err)
		case w.Over():
			return nil, errOver
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// errOver: the job is over.
var errOver = errors.New("over")

// take does one unit, if there is one, and reports whether it did.
func take(ctx context.Context, queue jetstream.Consumer, w *Worker) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	limited, cancel := context.WithTimeout(ctx, fetchWait)
	defer cancel()
	batch, err := queue.Fetch(1, jetstream.FetchContext(limited))
	if err == nil {
		if msg, ok := <-batch.Messages(); ok {
			if handle(ctx, queue, w, msg) {
				return true, nil
			}
			if w.Over() {
				return false, errOver
			}
			return false, nil
		}
		err = batch.Error()
	}
	if errors.Is(err, nats.ErrTimeout) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	if _, gone := queue.Info(ctx); errors.Is(gone, jetstream.ErrConsumerNotFound) || w.Over() {
		return false, errOver
	}
	if err == nil {
		return false, nil
	}
	select { // the server is away
	case <-time.After(nakDelay):
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// handle does the unit of a message, and reports whether it did.
func handle(ctx context.Context, queue jetstream.Consumer, w *Worker, msg jetstream.Msg) bool {
	unit, ok := unitOf(w.ID, msg.Subject())
	if !ok {
		_ = msg.Term() // no work of ours
		return false
	}
	stop := beat(msg, queue.CachedInfo().Config.AckWait)
	last := false
	if m, err := msg.Metadata(); err == nil {
		last = m.NumDelivered >= MaxDeliver
	}
	err := w.Do(ctx, unit, last)
	stop()
	if err != nil {
		_ = msg.NakWithDelay(nakDelay) // else it comes again after AckWait
		return false
	}
	_ = msg.Ack() // else it comes again, and is done already
	return true
}

// unitOf returns the unit that a subject names.
func unitOf(id, subject string) (int, bool) {
	text, ok := strings.CutPrefix(subject, hub.WorkSubject(id, ""))
	unit, err := strconv.Atoi(text)
	return unit, ok && err == nil && unit >= 0
}

// beat reports that a unit is being done, until stop is called.
func beat(msg jetstream.Msg, wait time.Duration) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		every := time.NewTicker(max(wait/3, 100*time.Millisecond))
		defer every.Stop()
		for {
			select {
			case <-every.C:
				_ = msg.InProgress() // if the server is away, another worker may get the unit
			case <-end:
				return
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}
