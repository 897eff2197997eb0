package traces

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/lint"
)

// aCollector is a collector for tests: it keeps what it accepts.
type aCollector struct {
	*httptest.Server
	mu       sync.Mutex
	bodies   [][]byte
	spans    []*tracepb.Span
	resource []*common.KeyValue
	headers  http.Header
	requests int
	before   func(n int, w http.ResponseWriter, r *http.Request) (done bool) // of the nth request; may be nil
}

func newCollector(t *testing.T, before func(n int, w http.ResponseWriter, r *http.Request) bool) *aCollector {
	c := &aCollector{before: before}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		c.mu.Lock()
		c.requests++
		n := c.requests
		c.mu.Unlock()
		if c.before != nil && c.before(n, w, r) {
			return
		}
		var request collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != tracesPath || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.headers = r.Header
		c.bodies = append(c.bodies, body)
		for _, rs := range request.ResourceSpans {
			c.resource = rs.Resource.Attributes
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		answer, _ := proto.Marshal(&collector.ExportTraceServiceResponse{})
		w.Write(answer)
	}))
	t.Cleanup(c.Close)
	return c
}

// named returns the spans with a name.
func (c *aCollector) named(name string) (found []*tracepb.Span) {
	for _, s := range c.spans {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// one returns the only span with a name.
func (c *aCollector) one(t *testing.T, name string) *tracepb.Span {
	t.Helper()
	found := c.named(name)
	if len(found) != 1 {
		t.Fatalf("%d spans are named %q", len(found), name)
	}
	return found[0]
}

// values returns attributes as Go values.
func values(as []*common.KeyValue) map[string]any {
	m := make(map[string]any)
	for _, a := range as {
		switch v := a.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			m[a.Key] = v.StringValue
		case *common.AnyValue_IntValue:
			m[a.Key] = v.IntValue
		case *common.AnyValue_DoubleValue:
			m[a.Key] = v.DoubleValue
		case *common.AnyValue_BoolValue:
			m[a.Key] = v.BoolValue
		}
	}
	return m
}

// has reports attributes that a span should have and does not.
func has(t *testing.T, s *tracepb.Span, want map[string]any) {
	t.Helper()
	got := values(s.Attributes)
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s is %v, not %v", s.Name, k, got[k], v)
		}
	}
}

// warnings is the severity of findings that the program asks for by default, notes that of all.
var (
	warnings = severity(lint.Warning)
	notes    = severity(lint.Note)
)

func severity(s lint.Severity) *lint.Severity { return &s }

// tally counts what should be spans.
type tally struct{ connections, transactions int }

func (n *tally) Open(capture.Conn) error { return nil }

func (n *tally) Events(_ capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		switch e.(type) {
		case *decode.Transaction:
			n.transactions++
		case *decode.Closed:
			n.connections++
		}
	}
	return nil
}

// fill returns o with what tests do not care about.
func (c *aCollector) fill(o Options) Options {
	o.URL, o.Version = c.URL, "test"
	return o
}

// play sends the spans of a transcript.
func play(t *testing.T, o Options, transcript string) Report {
	t.Helper()
	x, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := decodetest.Play(transcript, decode.NewDemux(decode.Options{}, x)); err != nil {
		t.Fatal(err)
	}
	return x.Finish()
}

// impatient returns an Exporter whose client gives up soon, and does not wait between requests.
func impatient(t *testing.T, o Options, attempt, grace time.Duration) *Exporter {
	t.Helper()
	c, err := newClient(o.URL, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	c.http.Timeout, c.pause = attempt, time.Millisecond
	x, err := newExporter(t.Context(), o, c, grace)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// commands passes n transactions of one connection to x, which stays open.
func commands(t *testing.T, x *Exporter, n int) {
	t.Helper()
	if err := x.Open(capture.Conn{ID: 1, Start: time.Unix(1, 0)}); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		at := time.Unix(2, int64(i))
		e := []decode.Event{&decode.Transaction{N: i + 1, Time: at, End: at.Add(time.Millisecond), Status: "OK"}}
		if err := x.Events(1, e); err != nil {
			t.Fatal(err)
		}
	}
}

// contains reports whether the bytes that a collector received contain a text.
func (c *aCollector) contains(text string) bool {
	for _, b := range c.bodies {
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
