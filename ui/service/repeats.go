package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// burst is the number of lines of a kind that pass at first.
	burst = 10
	// firstInterval is the time until a count of the others, and lastInterval the longest
	// one: it doubles while they continue.
	firstInterval = 10 * time.Second
	lastInterval  = 10 * time.Minute
	// maxKinds bounds the kinds that are distinguished. The others are one kind.
	maxKinds = 256
)

// Repeats decides which of many lines of the same kind are printed: the first few, and then
// one for each interval, with the number of the others. An interval without any ends that.
// Its methods may be called concurrently.
type Repeats struct {
	report func(kind string, n int64, over time.Duration)

	mu    sync.Mutex
	kinds map[string]*repeated
}

// repeated is a kind of line.
type repeated struct {
	allowed int   // how many more lines pass in this interval
	held    int64 // lines of this interval that did not pass
	seen    bool  // there was one in this interval
	since   time.Time
	every   time.Duration
	timer   *time.Timer
}

// NewRepeats returns a Repeats that calls report with the number of lines of a kind that were
// not printed in an interval. report may be called from any goroutine.
func NewRepeats(report func(kind string, n int64, over time.Duration)) *Repeats {
	return &Repeats{report: report, kinds: make(map[string]*repeated)}
}

// Allow reports whether a line of this kind should be printed. If not, it is counted.
func (r *Repeats) Allow(kind string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.kinds[kind]
	if k == nil && len(r.kinds) >= maxKinds {
		kind = ""
		k = r.kinds[kind]
	}
	if k == nil {
		k = &repeated{allowed: burst, every: firstInterval, since: time.Now()}
		k.timer = time.AfterFunc(k.every, func() { r.tick(kind, k) })
		r.kinds[kind] = k
	}
	k.seen = true
	if k.allowed > 0 {
		k.allowed--
		return true
	}
	k.held++
	return false
}

// tick ends an interval.
func (r *Repeats) tick(kind string, k *repeated) {
	r.mu.Lock()
	held, over := k.held, time.Since(k.since)
	switch {
	case r.kinds[kind] != k: // Flush has reported it
		held = 0
	case !k.seen:
		delete(r.kinds, kind)
	default:
		k.held, k.seen, k.allowed, k.since = 0, false, 1, time.Now()
		k.every = min(2*k.every, lastInterval)
		k.timer.Reset(k.every)
	}
	r.mu.Unlock()
	if held > 0 {
		r.report(kind, held, over)
	}
}

// Flush reports the lines that were not printed so far, and forgets all kinds.
func (r *Repeats) Flush() {
	r.mu.Lock()
	kinds := r.kinds
	r.kinds = make(map[string]*repeated)
	r.mu.Unlock()
	for kind, k := range kinds {
		k.timer.Stop()
		if k.held > 0 {
			r.report(kind, k.held, time.Since(k.since))
		}
	}
}

// Log returns a logger that writes lines of text to w, and does not repeat a message without
// end. flush logs the counts that are due; it must be called at the end.
func Log(w io.Writer, least slog.Level) (log *slog.Logger, flush func()) {
	to := slog.NewTextHandler(w, &slog.HandlerOptions{Level: least})
	r := NewRepeats(func(kind string, n int64, over time.Duration) {
		rec := slog.NewRecord(time.Now(), slog.LevelWarn, fmt.Sprintf("%s: %d more like it in %s", kind, n, over.Round(time.Second)), 0)
		_ = to.Handle(context.Background(), rec) // errors of a log are ignored, as slog does
	})
	return slog.New(calm{to, r}), r.Flush
}

// calm is a slog.Handler that asks Repeats.
type calm struct {
	slog.Handler
	*Repeats
}

// Handle implements slog.Handler. The message is what makes a kind.
func (c calm) Handle(ctx context.Context, r slog.Record) error {
	if !c.Allow(r.Message) {
		return nil
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c calm) WithAttrs(a []slog.Attr) slog.Handler { return calm{c.Handler.WithAttrs(a), c.Repeats} }

// WithGroup implements slog.Handler.
func (c calm) WithGroup(name string) slog.Handler { return calm{c.Handler.WithGroup(name), c.Repeats} }
