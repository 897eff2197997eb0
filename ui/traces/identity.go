package traces

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/trace"

	"imapscope/capture"
)

// identity returns the bytes that distinguish a connection from all others, in each run over
// the same recording.
func identity(c *capture.Conn) []byte {
	var b []byte
	for _, a := range [...]netip.AddrPort{c.Client, c.Server} {
		raw := a.Addr().As16() // of an address that is missing too
		b = append(b, raw[:]...)
		b = binary.BigEndian.AppendUint16(b, a.Port())
	}
	b = binary.BigEndian.AppendUint64(b, uint64(c.Start.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(c.Start.Nanosecond()))
	if !c.Client.IsValid() || !c.Server.IsValid() {
		b = binary.BigEndian.AppendUint64(b, uint64(c.ID))
		b = append(b, c.Origin...)
	}
	return b
}

// traceOf returns the identifier of the trace of a connection, the nth in this run with this
// identity.
func traceOf(identity []byte, nth int) trace.TraceID {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(identity[:len(identity):len(identity)], uint64(nth)))
	id := trace.TraceID(sum[:16])
	id[0] |= 1 // all zeros is not valid
	return id
}

// spanOf returns the identifier of the nth span of a trace: 0 is the connection, others are
// numbers of transactions.
func spanOf(t trace.TraceID, nth int) trace.SpanID {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(t[:], uint64(nth)))
	id := trace.SpanID(sum[:8])
	id[0] |= 1
	return id
}

// ids is the context of a span that has its identifiers, and an IDGenerator that uses them.
type ids struct{}

type spanIDs struct {
	trace trace.TraceID
	span  trace.SpanID
}

func withIDs(ctx context.Context, t trace.TraceID, nth int) context.Context {
	return context.WithValue(ctx, ids{}, spanIDs{t, spanOf(t, nth)})
}

// NewIDs implements sdktrace.IDGenerator.
func (ids) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	s, _ := ctx.Value(ids{}).(spanIDs)
	return s.trace, s.span
}

// NewSpanID implements sdktrace.IDGenerator.
func (ids) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	s, _ := ctx.Value(ids{}).(spanIDs)
	return s.span
}

// The times that OTLP can express, a whole number of nanoseconds since 1970.
var (
	earliest = time.Unix(0, 1)
	latest   = time.Unix(0, 1<<63-1)
)

// within returns t, or the nearest time that OTLP can express.
func within(t time.Time) time.Time {
	switch {
	case t.Before(earliest):
		return earliest
	case t.After(latest):
		return latest
	}
	return t
}
