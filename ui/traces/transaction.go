package traces

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// transaction makes the span of a transaction. That of an abandoned one ends with the connection,
// because only then it is known why.
func (x *Exporter) transaction(c *conn, t *decode.Transaction) {
	c.transactions++
	p := c.open[t.N]
	delete(c.open, t.N)
	as := append(peers(&c.info), keyTransaction.Int(t.N), keyOutcome.String(t.Outcome.String()))
	as = append(as, said(t)...)
	as = append(as, measured(t)...)
	if x.users && t.User != "" {
		c.user = view.Inert(view.Options{}.Hide(t.Known, t.User))
		as = append(as, semconv.UserName(c.user))
	}
	if p != nil && p.findings > 0 {
		as = append(as, keyFindings.Int(p.findings))
	}
	_, span := x.tracer.Start(c.context(t.N), name(t),
		trace.WithTimestamp(within(t.Time)), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(as...))
	if p != nil {
		for _, e := range p.found {
			e.addTo(span)
		}
	}
	if t.Outcome == decode.Abandoned && x.left < maxLeft {
		c.left = append(c.left, span)
		x.left++
		return
	}
	if t.Outcome == decode.Abandoned {
		fail(span, abandoned)
	} else if e := protocol.StatusEffect(t.Status); e == protocol.Refuses || e == protocol.Rejects {
		fail(span, status(t))
	}
	end := t.End
	if end.IsZero() {
		end = c.latest
	}
	span.End(trace.WithTimestamp(notBefore(t.Time, end)))
	x.ended++
}

// name returns the name of a span: that of a command of the protocol, or what it is instead.
func name(t *decode.Transaction) string {
	switch {
	case t.Outcome == decode.Orphan:
		return "orphan"
	case known(t):
		return t.Command
	}
	return "other"
}

// known reports whether a command is one of the protocol, so that its name is no text of the
// client's.
func known(t *decode.Transaction) bool {
	return protocol.Lookup(protocol.Command, t.Command) != nil
}

// status returns the status of a response, if it is one of the protocol.
func status(t *decode.Transaction) string {
	if r := protocol.Lookup(protocol.Completion, t.Status); r != nil {
		return r.Name
	}
	return ""
}

// said returns attributes for the words of a transaction that are known to the protocol.
func said(t *decode.Transaction) []attribute.KeyValue {
	var as []attribute.KeyValue
	if known(t) {
		as = append(as, keyCommand.String(t.Command))
	}
	if s := status(t); s != "" {
		as = append(as, keyStatus.String(s))
	}
	if code, _, ok := strings.Cut(strings.TrimPrefix(t.Text, "["), "]"); ok && strings.HasPrefix(t.Text, "[") {
		word, _, _ := strings.Cut(code, " ")
		if r := protocol.Lookup(protocol.Code, word); r != nil {
			as = append(as, keyCode.String(r.Name))
		}
	}
	for _, d := range t.Data {
		if r := protocol.Lookup(protocol.Response, d.Kind); r != nil {
			as = append(as, attribute.Int(keyData+strings.ToLower(r.Name), d.N))
		}
	}
	return as
}

// measured returns attributes for sizes, times, layers, and what a proxy did.
func measured(t *decode.Transaction) []attribute.KeyValue {
	as := []attribute.KeyValue{
		keyClientBytes.Int64(t.Octets[capture.ClientToServer]),
		keyServerBytes.Int64(t.Octets[capture.ServerToClient]),
	}
	if !t.FirstResponse.IsZero() && t.Outcome != decode.Orphan {
		as = append(as, keyDelay.Float64(max(t.FirstResponse.Sub(t.Time).Seconds(), 0)))
	}
	if t.Ready > 0 {
		as = append(as, keyReady.Int(t.Ready))
	}
	if t.Lost > 0 {
		as = append(as, keyLost.Int64(t.Lost))
	}
	if version, ok := strings.CutPrefix(t.Layers.TLS(), "TLS "); ok {
		as = append(as, semconv.TLSProtocolNameTLS, semconv.TLSProtocolVersion(version))
	}
	if t.Layers.Compressed() {
		as = append(as, keyCompressed.Bool(true))
	}
	if a := t.Acts; a != nil {
		as = append(as, keyFaulted.Int(len(a.Faults)), keyHeld.Bool(a.Held), keyEdited.Bool(a.Edited))
	}
	return as
}
