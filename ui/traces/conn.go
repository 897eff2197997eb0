package traces

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
)

// Names of the protocol's own attributes. OpenTelemetry defines the others.
const (
	keyDialect      = attribute.Key("imap.dialect")
	keyCommand      = attribute.Key("imap.command")
	keyStatus       = attribute.Key("imap.status")
	keyCode         = attribute.Key("imap.response_code")
	keyOutcome      = attribute.Key("imap.outcome")
	keyTransaction  = attribute.Key("imap.transaction")
	keyTransactions = attribute.Key("imap.transactions")
	keyClientBytes  = attribute.Key("imap.client.bytes")
	keyServerBytes  = attribute.Key("imap.server.bytes")
	keyLost         = attribute.Key("imap.lost_bytes")
	keyDelay        = attribute.Key("imap.response_delay") // seconds until the first response
	keyData         = "imap.responses."                    // and a kind, in lower case: how many
	keyReady        = attribute.Key("imap.continuations")
	keyUntagged     = attribute.Key("imap.unsolicited")
	keyAbandoned    = attribute.Key("imap.abandoned")
	keyOrphans      = attribute.Key("imap.orphans")
	keyCompressed   = attribute.Key("imap.compressed")
	keyEnd          = attribute.Key("imap.end")
	keyPartial      = attribute.Key("imap.partial")
	keyFindings     = attribute.Key("imap.findings")
	keyRule         = attribute.Key("imap.finding.rule")
	keyTitle        = attribute.Key("imap.finding.title")
	keySeverity     = attribute.Key("imap.finding.severity")
	keyVerdict      = attribute.Key("imap.finding.verdict")
	keyFaulted      = attribute.Key("imap.proxy.faults")
	keyHeld         = attribute.Key("imap.proxy.held")
	keyEdited       = attribute.Key("imap.proxy.edited")
)

const (
	maxValue      = 256       // bytes of an attribute
	maxAttributes = 128       // of a span
	maxLeft       = 1024      // abandoned transactions of all connections that wait for their ends
	maxSame       = 32 * 1024 // traces whose identifiers are remembered
	connName      = "IMAP connection"
	abandoned     = "abandoned" // values of error.type, beside the statuses
	reset         = "connection_reset"
	noServer      = "no_server"
	noClient      = "no_client"
)

// conn is an open connection. Its span is made when it ends: one of the SDK takes several
// kilobytes.
type conn struct {
	info    capture.Conn
	trace   trace.TraceID
	tls     []attribute.KeyValue // what is known of TLS
	found   []event              // findings outside transactions that are open, the latest
	open    map[int]*pending     // transactions that have not ended
	left    []trace.Span         // of transactions that were abandoned; they wait for the cause
	latest  time.Time            // of the events so far
	failure string               // error.type, from a note of the proxy
	user    string               // as far as it is shown

	transactions, findings int
}

// pending is a transaction that has not ended.
type pending struct {
	found    []event
	findings int
}

// event is an event of a span: a finding.
type event struct {
	at       time.Time
	rule     *lint.Rule
	severity lint.Severity
	verdict  lint.Verdict
	of       int // the transaction that the finding is about, if it is not that of the span
}

func (e event) addTo(s trace.Span) {
	as := []attribute.KeyValue{
		keyRule.String(e.rule.ID), keyTitle.String(e.rule.Title), keySeverity.String(e.severity.String()), keyVerdict.String(e.verdict.String()),
	}
	if e.of != 0 {
		as = append(as, keyTransaction.Int(e.of))
	}
	s.AddEvent("finding", trace.WithTimestamp(e.at), trace.WithAttributes(as...))
}

// begin begins the span of a connection.
func (x *Exporter) begin(info capture.Conn) {
	who := identity(&info)
	id := traceOf(who, 0)
	if len(x.same) >= maxSame {
		clear(x.same) // so old connections are no longer distinguished
	}
	nth := x.same[id]
	if x.same[id]++; nth > 0 {
		id = traceOf(who, nth)
	}
	x.conns[info.ID] = &conn{info: info, trace: id, latest: info.Start}
}

// context returns the context of a span of the nth transaction, whose parent is the connection's.
func (c *conn) context(nth int) context.Context {
	parent := trace.NewSpanContext(trace.SpanContextConfig{TraceID: c.trace, SpanID: spanOf(c.trace, 0), TraceFlags: trace.FlagsSampled})
	return withIDs(trace.ContextWithSpanContext(context.Background(), parent), c.trace, nth)
}

// addresses returns the attributes of a connection that are known from its beginning.
func addresses(c *capture.Conn) []attribute.KeyValue {
	as := []attribute.KeyValue{semconv.NetworkTransportTCP, semconv.NetworkProtocolName("imap")}
	as = append(as, peers(c)...)
	if c.Server.IsValid() {
		as = append(as, semconv.NetworkPeerAddress(plain(c.Server.Addr())), semconv.NetworkPeerPort(int(c.Server.Port())))
	}
	if c.MidStream {
		as = append(as, keyPartial.Bool(true))
	}
	return as
}

// peers returns the attributes that the span of a transaction has too.
func peers(c *capture.Conn) []attribute.KeyValue {
	var as []attribute.KeyValue
	if c.Server.IsValid() {
		as = append(as, semconv.ServerAddress(plain(c.Server.Addr())), semconv.ServerPort(int(c.Server.Port())))
	}
	if c.Client.IsValid() {
		as = append(as, semconv.ClientAddress(plain(c.Client.Addr())), semconv.ClientPort(int(c.Client.Port())))
	}
	return as
}

func plain(a netip.Addr) string { return a.Unmap().String() }

// follow follows an event before the rules look at it.
func (c *conn) follow(e decode.Event) {
	switch e := e.(type) {
	case *decode.Message:
		c.pass(e.End)
		if e.Txn != nil && c.open[e.Txn.N] == nil {
			if c.open == nil {
				c.open = make(map[int]*pending)
			}
			c.open[e.Txn.N] = new(pending)
		}
	case *decode.Transaction:
		c.pass(e.End)
	case *decode.HalfClosed:
		c.pass(e.Time)
	case *decode.Note:
		switch {
		case strings.HasPrefix(e.Text, capture.NoServer):
			c.failure = noServer
		case strings.HasPrefix(e.Text, capture.NoClient):
			c.failure = noClient
		}
	case *decode.Secured:
		c.tls = secured(e)
	case *decode.Closed:
		c.pass(e.Time)
	}
}

func (c *conn) pass(t time.Time) {
	if t.After(c.latest) {
		c.latest = t
	}
}

// secured returns what is known of TLS. Of its strings, those that say how, not to whom.
func secured(e *decode.Secured) []attribute.KeyValue {
	version, ok := strings.CutPrefix(e.Facts.Version, "TLS ")
	if !ok {
		return nil
	}
	as := []attribute.KeyValue{semconv.TLSProtocolNameTLS, semconv.TLSProtocolVersion(version), semconv.TLSResumed(e.Facts.Resumed)}
	if e.Facts.Suite != "" {
		as = append(as, semconv.TLSCipher(e.Facts.Suite))
	}
	return as
}

// settle ends what an event ends, after the rules have looked at it.
func (x *Exporter) settle(c *conn, e decode.Event) {
	switch e := e.(type) {
	case *decode.Transaction:
		x.transaction(c, e)
	case *decode.Closed:
		x.end(c, e)
	}
}

// end ends the span of a connection, and those of the transactions that it left. Closed is nil if
// the source failed before the connection ended.
func (x *Exporter) end(c *conn, closed *decode.Closed) {
	delete(x.conns, c.info.ID)
	end := trace.WithTimestamp(notBefore(c.info.Start, c.latest))
	failure := c.failure
	if failure == "" && wasReset(closed) {
		failure = reset
	}
	why := failure // of the transactions that were left
	if why == "" && wasClosed(closed) {
		why = abandoned
	}
	x.left -= len(c.left)
	for _, span := range c.left {
		if why != "" {
			fail(span, why)
		}
		span.End(end)
		x.ended++
	}
	as := append(addresses(&c.info), keyTransactions.Int(c.transactions))
	as = append(as, c.tls...)
	if c.findings > 0 {
		as = append(as, keyFindings.Int(c.findings))
	}
	if c.user != "" {
		as = append(as, semconv.UserName(c.user))
	}
	if closed != nil {
		as = append(as, keyEnd.String(closed.How()))
		as = append(as, counts(&closed.Counts)...)
		for _, l := range closed.Layers {
			if l.Of == decode.Compression {
				as = append(as, keyCompressed.Bool(true))
			}
		}
	}
	_, span := x.tracer.Start(withIDs(context.Background(), c.trace, 0), connName,
		trace.WithTimestamp(within(c.info.Start)), trace.WithAttributes(as...))
	for _, e := range c.found {
		e.addTo(span)
	}
	if failure != "" {
		fail(span, failure)
	}
	span.End(end)
	x.ended++
}

// wasReset reports whether a connection ended by RST: not if one came after its regular end.
func wasReset(c *decode.Closed) bool {
	if c == nil {
		return false
	}
	return c.First.Cause == capture.RST || c.First.Side == decode.UnknownSide && c.Cause == capture.RST
}

// wasClosed reports whether a connection ended, not only what was captured of it.
func wasClosed(c *decode.Closed) bool {
	return c != nil && (c.First.Side != decode.UnknownSide || c.Cause != capture.EndOfCapture && c.Cause != capture.Idle)
}

// counts returns the totals of a connection; those that say that something is wrong only if it is.
func counts(n *decode.Counts) []attribute.KeyValue {
	as := []attribute.KeyValue{
		keyClientBytes.Int64(n.Octets[capture.ClientToServer]),
		keyServerBytes.Int64(n.Octets[capture.ServerToClient]),
		keyUntagged.Int(n.Unsolicited),
	}
	if n.Dialect != protocol.UnknownDialect {
		as = append(as, keyDialect.String(n.Dialect.String()))
	}
	if n.Abandoned > 0 {
		as = append(as, keyAbandoned.Int(n.Abandoned))
	}
	if n.Orphans > 0 {
		as = append(as, keyOrphans.Int(n.Orphans))
	}
	if lost := n.Lost[0] + n.Lost[1]; lost > 0 {
		as = append(as, keyLost.Int64(lost))
	}
	return as
}

// fail sets the status of a span to Error.
func fail(s trace.Span, why string) {
	s.SetAttributes(semconv.ErrorTypeKey.String(why))
	s.SetStatus(codes.Error, why)
}

// notBefore returns the end of a span, never before its start.
func notBefore(start, end time.Time) time.Time {
	start, end = within(start), within(end)
	if end.Before(start) {
		return start
	}
	return end
}
