package traces

import (
	"context"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

const (
	maxQueue   = 8192            // spans of live traffic that wait to be sent
	waitQueue  = 1024            // spans that wait if their source does, too
	maxBatch   = 512             // spans in a request
	maxDelay   = 2 * time.Second // until a batch that is not full is sent
	maxEvents  = 128             // findings in a span; of more, the latest
	finishTime = 5 * time.Second // for what waits at the end of live traffic, or after Ctrl-C
)

// Options configure an Exporter.
type Options struct {
	URL     string // of the collector: "http://127.0.0.1:4318"
	Version string // of the program
	Users   bool   // spans have the names of users
	Dialect protocol.Dialect

	// Findings is the least severity of findings that become events of spans; nil for none.
	Findings *lint.Severity

	// Wait makes Open and Events wait while the queue is full, so that no span is dropped. They
	// do not wait for a collector that does not answer.
	Wait bool

	// Notice, if not nil, is called, by another goroutine, when the collector does not accept
	// spans for the first time.
	Notice func(error)
}

// Exporter is a decode.Handler that sends spans. Finish must be called after it.
type Exporter struct {
	users    bool
	grace    time.Duration
	out      *counted
	done     chan struct{} // closed by Finish
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	linter   *lint.Linter // nil without findings
	sessions decode.Sessions
	conns    map[capture.ConnID]*conn
	same     map[trace.TraceID]int // recent connections by their identity
	left     int                   // transactions in conn.left of all connections
	ended    int64                 // spans
}

// New returns an Exporter. Once ctx is done, what waits is sent for a short time, if Wait is set.
// It fails if the options are wrong; it does not connect.
func New(ctx context.Context, o Options) (*Exporter, error) {
	c, err := newClient(o.URL, os.Getenv)
	if err != nil {
		return nil, err
	}
	return newExporter(ctx, o, c, finishTime)
}

// newExporter returns an Exporter that sends with c, and what waits for that long at the end.
func newExporter(ctx context.Context, o Options, c otlptrace.Client, grace time.Duration) (*Exporter, error) {
	r, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName("imapscope"), semconv.ServiceVersion(o.Version)),
		resource.WithFromEnv(), // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES
	)
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	x := &Exporter{users: o.Users, grace: grace, done: make(chan struct{}), conns: make(map[capture.ConnID]*conn), same: make(map[trace.TraceID]int)}
	x.sessions.To = (*session)(x)
	if o.Findings != nil {
		if x.linter, err = lint.New(lint.Options{MinSeverity: *o.Findings, Dialect: o.Dialect}, x.found); err != nil {
			return nil, err
		}
	}
	exporter, err := otlptrace.New(ctx, c)
	if err != nil {
		return nil, err
	}
	x.out = &counted{to: exporter, waits: o.Wait, notice: o.Notice}
	x.out.ctx, x.out.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if o.Wait {
		x.limit(ctx)
	}
	x.provider = provider(x.out, r)
	x.tracer = x.provider.Tracer("imapscope", trace.WithInstrumentationVersion(o.Version), trace.WithSchemaURL(semconv.SchemaURL))
	return x, nil
}

// provider returns what makes spans that out sends.
func provider(out *counted, r *resource.Resource) *sdktrace.TracerProvider {
	queue := maxQueue
	if out.waits {
		queue = waitQueue
	}
	batches := []sdktrace.BatchSpanProcessorOption{
		sdktrace.WithMaxQueueSize(queue), sdktrace.WithMaxExportBatchSize(maxBatch),
		sdktrace.WithBatchTimeout(maxDelay), sdktrace.WithExportTimeout(batchTimeout),
	}
	if out.waits {
		batches = append(batches, sdktrace.WithBlocking())
	}
	return sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.AlwaysSample()),
		sdktrace.WithIDGenerator(ids{}),
		sdktrace.WithResource(r),
		sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{
			AttributeValueLengthLimit: maxValue, AttributeCountLimit: maxAttributes, EventCountLimit: maxEvents,
			AttributePerEventCountLimit: maxAttributes,
		}),
		sdktrace.WithSpanProcessor(sdktrace.NewBatchSpanProcessor(out, batches...)),
	)
}

// limit ends what is sent some time after ctx is done.
func (x *Exporter) limit(ctx context.Context) {
	go func() {
		select {
		case <-x.done:
			return
		case <-ctx.Done():
		}
		t := time.NewTimer(x.grace)
		defer t.Stop()
		select {
		case <-x.done:
		case <-t.C:
			x.out.cancel()
		}
	}()
}

// A Report is what became of the spans.
type Report struct {
	Sent    int64 // accepted by the collector
	Dropped int64 // the queue was full
	Failed  int64 // not accepted by the collector, or not sent in time at the end
	Err     error // why the first of those was not accepted; may be nil
}

// Finish ends the spans of connections that are still open, sends what waits, and reports. It is
// called once.
func (x *Exporter) Finish() Report {
	for _, c := range x.conns {
		x.end(c, nil)
	}
	if !x.out.waits {
		t := time.AfterFunc(x.grace, x.out.cancel)
		defer t.Stop()
	}
	_ = x.provider.Shutdown(context.Background()) // counted has its errors
	x.out.cancel()
	close(x.done)
	r := Report{Sent: x.out.sent.Load(), Failed: x.out.failed.Load(), Err: x.out.first}
	r.Dropped = x.ended - r.Sent - r.Failed
	return r
}

// Open implements decode.Handler.
func (x *Exporter) Open(c capture.Conn) error {
	if x.linter != nil {
		if err := x.linter.Open(c); err != nil {
			return err
		}
	}
	return x.sessions.Open(c)
}

// Events implements decode.Handler.
func (x *Exporter) Events(id capture.ConnID, events []decode.Event) error {
	for i := range events {
		one := events[i : i+1]
		// A finding is about the event or an earlier one: the event must have begun what it is
		// about before, and must end it after.
		if err := x.sessions.Events(id, one); err != nil {
			return err
		}
		if x.linter != nil {
			if err := x.linter.Events(id, one); err != nil {
				return err
			}
		}
		if c := x.conns[id]; c != nil {
			x.settle(c, events[i])
		}
	}
	return nil
}

// session is an Exporter as the Handler of its sessions.
type session Exporter

// Open implements decode.Handler.
func (s *session) Open(info capture.Conn) error {
	(*Exporter)(s).begin(info)
	return nil
}

// Events implements decode.Handler.
func (s *session) Events(id capture.ConnID, events []decode.Event) error {
	c := s.conns[id]
	for _, e := range events {
		if c != nil {
			c.follow(e)
		}
	}
	return nil
}

// found adds a finding to the span that it is about: of the transaction if that has not ended,
// else of the connection.
func (x *Exporter) found(f lint.Finding) {
	c := x.conns[f.Conn]
	if c == nil {
		return // the server's leg
	}
	c.findings++
	e := event{at: within(f.Time), rule: f.Rule, severity: f.Severity, verdict: f.Verdict}
	if t := c.open[f.Txn]; t != nil {
		if len(t.found) < maxEvents {
			t.found = append(t.found, e)
		}
		t.findings++
		return
	}
	e.of = f.Txn
	if len(c.found) == maxEvents {
		c.found = append(c.found[:0], c.found[1:]...)
	}
	c.found = append(c.found, e)
}
