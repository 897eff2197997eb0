package traces

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

const conversation = `# greeted
C: a LOGIN fred secret
S: a OK in
C: b SELECT Quarterly
S: * 3 EXISTS
S: * 0 RECENT
S: b OK [READ-WRITE] done
C: c FETCH 1:3 FLAGS
S: * 1 FETCH (FLAGS ())
S: * 2 FETCH (FLAGS ())
S: * 3 FETCH (FLAGS ())
S: c OK done
C: d COPY 1 Elsewhere
S: d NO [TRYCREATE] no mailbox Elsewhere
C: e XFROB Zugspitze
S: e BAD what is Zugspitze
C: f CHECK
`

// TestConnectionsAndTransactionsAreSpans: a connection is a span, its transactions are its children, with the times of the
// transcript, their outcomes and figures.
func TestConnectionsAndTransactionsAreSpans(t *testing.T) {
	c := newCollector(t, nil)
	if r := play(t, c.fill(Options{Wait: true}), conversation+"# closed by the server\n"); r.Sent != 7 || r.Err != nil || r.Failed+r.Dropped != 0 {
		t.Fatalf("%+v", r)
	}
	root := c.one(t, connName)
	start := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	if at := time.Unix(0, int64(root.StartTimeUnixNano)); !at.Equal(start) {
		t.Errorf("the connection begins at %v", at)
	}
	has(t, root, map[string]any{
		"server.address": "127.0.0.2", "server.port": int64(143), "client.address": "127.0.0.1", "client.port": int64(40000),
		"network.peer.address": "127.0.0.2", "network.transport": "tcp", "network.protocol.name": "imap",
		"imap.transactions": int64(6), "imap.abandoned": int64(1), "imap.end": "closed by the server",
	})
	if len(root.ParentSpanId) != 0 || root.Status.Code != tracepb.Status_STATUS_CODE_UNSET {
		t.Errorf("the connection's span is %v", root)
	}
	for name, want := range map[string]struct {
		status string
		has    map[string]any
	}{
		"LOGIN":  {"", map[string]any{"imap.status": "OK", "imap.outcome": "completed", "imap.transaction": int64(1), "server.address": "127.0.0.2"}},
		"SELECT": {"", map[string]any{"imap.response_code": "READ-WRITE", "imap.responses.exists": int64(1), "imap.responses.recent": int64(1)}},
		"FETCH":  {"", map[string]any{"imap.responses.fetch": int64(3), "imap.client.bytes": int64(19), "imap.server.bytes": int64(77), "imap.response_delay": 0.001}},
		"COPY":   {"NO", map[string]any{"imap.response_code": "TRYCREATE", "error.type": "NO"}},
		"other":  {"BAD", map[string]any{"imap.command": nil, "error.type": "BAD"}},
		"CHECK":  {"abandoned", map[string]any{"imap.outcome": "abandoned", "error.type": "abandoned"}},
	} {
		s := c.one(t, name)
		if !bytes.Equal(s.ParentSpanId, root.SpanId) || !bytes.Equal(s.TraceId, root.TraceId) {
			t.Errorf("%s is not a child of the connection", name)
		}
		if s.Kind != tracepb.Span_SPAN_KIND_CLIENT || (s.Status.Code == tracepb.Status_STATUS_CODE_ERROR) != (want.status != "") || s.Status.Message != want.status {
			t.Errorf("%s: kind %v, status %v", name, s.Kind, s.Status)
		}
		if s.StartTimeUnixNano < root.StartTimeUnixNano || s.EndTimeUnixNano < s.StartTimeUnixNano || s.EndTimeUnixNano > root.EndTimeUnixNano {
			t.Errorf("%s lasts from %d to %d", name, s.StartTimeUnixNano, s.EndTimeUnixNano)
		}
		has(t, s, want.has)
	}
	if s := c.one(t, "FETCH"); s.EndTimeUnixNano-s.StartTimeUnixNano != uint64(4*time.Millisecond) {
		t.Errorf("FETCH took %d ns", s.EndTimeUnixNano-s.StartTimeUnixNano)
	}
	if r := values(c.resource); r["service.name"] != "imapscope" || r["service.version"] != "test" || r["telemetry.sdk.name"] != "opentelemetry" {
		t.Errorf("the resource is %v", r)
	}
}

// TestEndsOfConnections: a command that is left is an error if the connection ended, not if only
// the capture did; and a connection is one that was reset, or that a proxy could not relay.
func TestEndsOfConnections(t *testing.T) {
	for end, want := range map[string]struct{ conn, left string }{
		"":                           {"", ""},
		"# closed by the server\n":   {"", abandoned},
		"# reset by the client\n":    {reset, reset},
		"# reset\n":                  {reset, reset},
		"# forgotten\n":              {"", ""},
		"# note no server: closed\n": {noServer, noServer},
	} {
		c := newCollector(t, nil)
		play(t, c.fill(Options{Wait: true}), "# greeted\nC: a CHECK\n"+end)
		for name, status := range map[string]string{connName: want.conn, "CHECK": want.left} {
			if s := c.one(t, name); s.Status.Message != status || (s.Status.Code == tracepb.Status_STATUS_CODE_ERROR) != (status != "") {
				t.Errorf("%q: %s has the status %v", end, name, s.Status)
			}
		}
	}
}

// TestFindingsAreEvents: a finding is an event of the transaction, or of the connection if the
// transaction has ended; without text of what was sent.
func TestFindingsAreEvents(t *testing.T) {
	c := newCollector(t, nil)
	play(t, c.fill(Options{Wait: true, Findings: warnings}), "# greeted\nC: a LOGIN fred secret\nS: a OK in\nC: b SELECT x\nS: b OK done\nC: c FETCH 1 Zugspitze\nS: x OK done\n")
	events := 0
	for _, s := range c.spans {
		if n, _ := values(s.Attributes)["imap.findings"].(int64); s.Name != connName && int(n) != len(s.Events) {
			t.Errorf("%s has %d findings and %d events", s.Name, n, len(s.Events))
		}
		for _, e := range s.Events {
			events++
			v := values(e.Attributes)
			if e.Name != "finding" || v["imap.finding.rule"] == "" || v["imap.finding.severity"] == "note" || v["imap.finding.verdict"] == "" || v["imap.finding.title"] == "" {
				t.Errorf("%s: %v", s.Name, e)
			}
		}
	}
	if events == 0 {
		t.Error("no findings")
	}
	if c.contains("Zugspitze") {
		t.Error("an argument is in a span")
	}
	none := newCollector(t, nil)
	play(t, none.fill(Options{Wait: true}), "# greeted\nC: a FETCH 1 x\nS: x OK done\n")
	for _, s := range none.spans {
		if len(s.Events) > 0 {
			t.Errorf("%s has findings", s.Name)
		}
	}
}

// secretive is a conversation in which every text of either side is a word that begins with Q7,
// or is known to the protocol.
const secretive = `# greeted
C: Q7tag LOGIN Q7user Q7password
S: Q7tag OK Q7welcome
C: b SELECT Q7mailbox
S: * OK [Q7CODE Q7] Q7text
S: * FLAGS (Q7flag)
S: * Q7KIND 3
S: b OK [Q7CODE] Q7text
C: c Q7COMMAND Q7argument
S: c BAD Q7COMMAND is unknown
C: d FETCH 1 (ENVELOPE BODY[HEADER.FIELDS (Q7field)])
S: * 1 FETCH (ENVELOPE ("Q7date" "Q7subject" ((NIL NIL "Q7from" "Q7host")) NIL NIL NIL NIL NIL NIL "<Q7id>") RFC822 {7}
S: Q7body!
S: )
S: d OK [UNKNOWN-CTE] Q7text
S: Q7orphan NO Q7text
C: e SEARCH SUBJECT {9}
S: + Q7ready
C: Q7literal
S: * SEARCH 1
S: e Q7STATUS Q7text
C: f APPEND Q7mailbox {8}
S: f NO [TRYCREATE] Q7text
`

// TestNoPayload: nothing that either side said is in the bytes that are sent, unless it is a word
// of the protocol; and users only if they are asked for.
func TestNoPayload(t *testing.T) {
	for _, users := range []bool{false, true} {
		c := newCollector(t, nil)
		play(t, c.fill(Options{Wait: true, Findings: notes, Users: users}), secretive)
		if len(c.spans) < 8 {
			t.Fatalf("%d spans", len(c.spans))
		}
		for _, b := range c.bodies {
			text := string(b)
			if users {
				if !strings.Contains(text, "Q7user") {
					t.Error("no span names the user")
				}
				text = strings.ReplaceAll(text, "Q7user", "")
			}
			if i := strings.Index(strings.ToUpper(text), "Q7"); i >= 0 {
				t.Errorf("a span has %q", text[max(0, i-40):min(len(text), i+20)])
			}
		}
	}
}

// TestSecretUserIsMasked: a user's name that is a secret elsewhere is masked, and one that is no
// text does not spoil the batch.
func TestSecretUserIsMasked(t *testing.T) {
	c := newCollector(t, nil)
	r := play(t, c.fill(Options{Wait: true, Users: true}), "# greeted\nC: a LOGIN fred Zugspitze\nS: a NO no\nC: b LOGIN Zugspitze other\nS: b OK in\nC: c NOOP\nS: c OK done\n")
	if c.contains("Zugspitze") || r.Failed > 0 {
		t.Errorf("a secret is in a span, or the batch was not accepted: %+v", r)
	}
	c = newCollector(t, nil)
	r = play(t, c.fill(Options{Wait: true, Users: true}), "# greeted\nC: a LOGIN \"fr\xff\x00\x1bed\" x\nS: a OK in\nC: b NOOP\nS: b OK done\n")
	if r.Failed > 0 || !c.contains(`fr\xff`) {
		t.Errorf("%+v", r)
	}
}

// identifiers returns the identifiers of spans, each of which has one of its own, and checks that
// the parent of each is among them.
func identifiers(t *testing.T, spans []*tracepb.Span) []string {
	t.Helper()
	known := make(map[string]bool)
	for _, s := range spans {
		id := fmt.Sprintf("%x %x", s.TraceId, s.SpanId)
		if known[id] || len(s.TraceId) != 16 || len(s.SpanId) != 8 {
			t.Errorf("%s has the identifier %s, as another one", s.Name, id)
		}
		known[id] = true
	}
	var ids []string
	for _, s := range spans {
		ids = append(ids, fmt.Sprintf("%x %x", s.TraceId, s.SpanId))
		if parent := fmt.Sprintf("%x %x", s.TraceId, s.ParentSpanId); len(s.ParentSpanId) > 0 && !known[parent] {
			t.Errorf("%s has no parent", s.Name)
		}
	}
	return ids
}

// TestSameAddressesDiffer: two connections with the same addresses and times are two traces, and
// a fact that is missing does not make two the same.
func TestSameAddressesDiffer(t *testing.T) {
	c := newCollector(t, nil)
	x, err := New(context.Background(), c.fill(Options{Wait: true}))
	if err != nil {
		t.Fatal(err)
	}
	d := decode.NewDemux(decode.Options{}, x)
	for range 2 {
		if err := decodetest.Play("# greeted\nC: a NOOP\nS: a OK done\n", d); err != nil {
			t.Fatal(err)
		}
	}
	x.Finish()
	if len(c.spans) != 4 {
		t.Errorf("%d spans", len(c.spans))
	}
	identifiers(t, c.spans)
}

// TestLegsAreOneSession: of the two legs of a proxy, the client's is traced.
func TestLegsAreOneSession(t *testing.T) {
	c := newCollector(t, nil)
	x, err := New(context.Background(), c.fill(Options{Wait: true, Findings: warnings}))
	if err != nil {
		t.Fatal(err)
	}
	err = decodetest.Talk(`1 # note the server's leg is 127.0.0.1:50000 > 127.0.0.2:143
1 S: * OK ready
2 # note the client's leg is 127.0.0.1:40001 > 127.0.0.2:143
2 S: * OK ready
1 C: a NOOP
2 C: a NOOP
2 S: a OK done
1 S: a NO done
`, decode.NewDemux(decode.Options{}, x))
	if err != nil {
		t.Fatal(err)
	}
	x.Finish()
	if s := c.one(t, "NOOP"); s.Status.Message != "NO" {
		t.Errorf("the span is %v", s)
	}
	c.one(t, connName)
}

// TestUnfinishedConnections: spans of connections that the source did not end are sent.
func TestUnfinishedConnections(t *testing.T) {
	c := newCollector(t, nil)
	x := impatient(t, c.fill(Options{}), time.Minute, time.Minute)
	commands(t, x, 3)
	if r := x.Finish(); r.Sent != 4 || len(c.spans) != 4 {
		t.Errorf("%+v", r)
	}
}

// TestImpossibleTimes: times that OTLP cannot express become the nearest that it can.
func TestImpossibleTimes(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(-1, 0), time.Unix(1<<40, 0), time.Unix(1<<62, 0)} {
		if w := within(at); w.UnixNano() <= 0 || at.Before(w) && !w.Equal(earliest) || at.After(w) && !w.Equal(latest) {
			t.Errorf("%v becomes %v", at, w)
		}
		if end := notBefore(at, time.Unix(1, 0)); end.Before(within(at)) {
			t.Errorf("a span from %v ends at %v", at, end)
		}
	}
}

// BenchmarkSpans measures what a transaction costs, the request to the collector included.
func BenchmarkSpans(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer server.Close()
	x, err := New(context.Background(), Options{URL: server.URL, Wait: true})
	if err != nil {
		b.Fatal(err)
	}
	at := time.Unix(1, 0)
	info := capture.Conn{ID: 1, Start: at, Client: netip.MustParseAddrPort("192.0.2.1:5000"), Server: netip.MustParseAddrPort("192.0.2.2:143")}
	if err := x.Open(info); err != nil {
		b.Fatal(err)
	}
	txn := &decode.Transaction{Command: "FETCH", Status: "OK", Time: at, FirstResponse: at, End: at.Add(time.Millisecond), Data: []decode.Count{{Kind: "FETCH", N: 20}}}
	events := []decode.Event{txn}
	b.ReportAllocs()
	for b.Loop() {
		txn.N++
		if err := x.Events(1, events); err != nil {
			b.Fatal(err)
		}
	}
	if r := x.Finish(); r.Failed+r.Dropped > 0 {
		b.Errorf("%+v", r)
	}
}
