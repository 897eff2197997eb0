package traces

import (
	"context"
	"errors"
	"sync/atomic"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// counted is a SpanExporter that counts what becomes of spans. It returns no errors, which the
// SDK would write to standard error.
type counted struct {
	to     sdktrace.SpanExporter
	ctx    context.Context    // of all exports
	cancel context.CancelFunc // ends what is being sent, and all that would be after it
	waits  bool               // Options.Wait
	notice func(error)        // may be nil

	sent, failed atomic.Int64
	gaveUp       bool
	first        error // that a batch was not accepted; read after Shutdown
}

// ExportSpans implements sdktrace.SpanExporter. It is called by one goroutine at a time.
func (c *counted) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	n := int64(len(spans))
	if c.gaveUp || c.ctx.Err() != nil {
		c.failed.Add(n)
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(c.ctx, cancel)
	defer stop()
	err := c.to.ExportSpans(ctx, spans)
	lost := n
	if r := (*rejected)(nil); err == nil {
		lost = 0
	} else if errors.As(err, &r) {
		lost = min(r.spans, n)
		err = r
	} else if a := (*refused)(nil); errors.As(err, &a) {
		err = a
	} else {
		// Each batch to a collector that does not answer takes a while: what can wait would wait
		// for all of them.
		c.gaveUp = c.waits
		err = errors.Unwrap(err) // without the SDK's "traces export"
	}
	c.sent.Add(n - lost)
	c.failed.Add(lost)
	if err != nil && c.first == nil && c.ctx.Err() == nil {
		if c.first = err; c.notice != nil {
			c.notice(err)
		}
	}
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (c *counted) Shutdown(ctx context.Context) error { return c.to.Shutdown(ctx) }
