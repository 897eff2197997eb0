package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"imapscope/capture/leaktest"
)

// aCollector accepts spans, and keeps what it received.
type aCollector struct {
	*httptest.Server
	mu     sync.Mutex
	bodies [][]byte
}

func newCollector() *aCollector {
	c := new(aCollector)
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bodies = append(c.bodies, b)
	}))
	return c
}

// received reports whether a text was in what it received.
func (c *aCollector) received(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.bodies, func(b []byte) bool { return bytes.Contains(b, []byte(text)) })
}

// all returns all spans as text, in the order of their identifiers.
func (c *aCollector) all(t testing.TB) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var spans []string
	for _, b := range c.bodies {
		var d tracepb.TracesData
		if err := proto.Unmarshal(b, &d); err != nil {
			t.Fatal(err)
		}
		for _, r := range d.ResourceSpans {
			for _, s := range r.ScopeSpans {
				for _, span := range s.Spans {
					// Not String, whose blanks differ on purpose.
					spans = append(spans, fmt.Sprintf("%x %x %s %d %d %v %v %v", span.TraceId, span.SpanId, span.Name,
						span.StartTimeUnixNano, span.EndTimeUnixNano, span.Status.GetMessage(), attributesOf(span), len(span.Events)))
				}
			}
		}
	}
	slices.Sort(spans)
	return strings.Join(spans, "\n")
}

func attributesOf(s *tracepb.Span) (as []string) {
	for _, a := range s.Attributes {
		b, _ := proto.MarshalOptions{Deterministic: true}.Marshal(a.Value)
		as = append(as, fmt.Sprintf("%s=%q", a.Key, b))
	}
	return as
}

// TestDecodeSendsSpans: decode sends the spans of a file, and prints what it prints without.
func TestDecodeSendsSpans(t *testing.T) {
	const file = "../../samples/mtest1988--imap-1.pcap"
	c := newCollector()
	defer c.Close()
	var out, errw bytes.Buffer
	if code := run([]string{"decode", "--otlp", c.URL, file}, nil, &out, &errw); code != 0 {
		t.Fatalf("exit code %d: %s", code, &errw)
	}
	if out.String() != outputOf(t, "decode", file) || errw.String() != "imapscope: --otlp: 17 spans sent\n" {
		t.Errorf("%s\n%s", &out, &errw)
	}
	if n := strings.Count(c.all(t), "\n") + 1; n != 17 || c.received("user.name") {
		t.Errorf("%d spans:\n%s", n, c.all(t))
	}
	outputOf(t, "decode", "--otlp", c.URL, "--otlp-user", file)
	if !c.received("user.name") {
		t.Error("--otlp-user adds no user")
	}
}

// TestSpansThatAreNotAccepted: of files that is an error, with the number.
func TestSpansThatAreNotAccepted(t *testing.T) {
	c := httptest.NewServer(http.NotFoundHandler())
	defer c.Close()
	var out, errw bytes.Buffer
	code := run([]string{"decode", "-q", "--otlp", c.URL, "../../samples/mtest1988--imap-1.pcap"}, nil, &out, &errw)
	want := "imapscope: --otlp: 17 of 17 spans not accepted: " + c.URL + "/v1/traces answered 404 Not Found\n"
	if code != 2 || errw.String() != want || !strings.Contains(out.String(), "LOGOUT") {
		t.Errorf("exit code %d: %s\n%s", code, &errw, &out)
	}
}

// TestProxySendsSpans: the spans of a proxy are sent while a connection is open, and at its end.
func TestProxySendsSpans(t *testing.T) {
	for _, format := range []string{"text", "none"} {
		c := newCollector()
		defer c.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var out strings.Builder
		log := new(sharedBuffer)
		addr, done := runLoggedProxy(ctx, t, &out, log, "--upstream", answering(t), "--format", format, "--otlp", c.URL)
		client := dialPlain(t, addr)
		client.ask("a LOGIN fred secret")
		client.ask("b SELECT INBOX")
		for end := time.Now().Add(time.Minute); !c.received("SELECT"); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no span of an open connection")
			}
		}
		client.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		log.waitFor(t, "imapscope: --otlp: 3 spans sent\n")
		if n := strings.Count(c.all(t), "\n") + 1; n != 3 || c.received("secret") {
			t.Errorf("%d spans:\n%s", n, c.all(t))
		}
	}
}

// TestProxyWithoutCollector: a collector that does not answer neither holds up the traffic nor is
// a failure of the proxy; it is reported at once and at the end.
func TestProxyWithoutCollector(t *testing.T) {
	c := httptest.NewServer(http.NotFoundHandler())
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out strings.Builder
	log := new(sharedBuffer)
	addr, done := runLoggedProxy(ctx, t, &out, log, "--upstream", answering(t), "-q", "--otlp", c.URL)
	client := dialPlain(t, addr)
	client.ask("a NOOP")
	log.waitFor(t, "answered 404 Not Found; spans are lost until it accepts them\n")
	client.ask("b NOOP")
	client.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	log.waitFor(t, "imapscope: --otlp: 0 of 3 spans sent; 0 did not fit in the queue, 3 were not accepted: "+c.URL)
}

// plainClient is a client of the server that answering returns the address of.
type plainClient struct {
	net.Conn
	t     *testing.T
	lines *bufio.Scanner
}

func dialPlain(t *testing.T, addr string) *plainClient {
	t.Helper()
	leaktest.Check(t)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &plainClient{conn, t, bufio.NewScanner(conn)}
}

// ask sends a command and waits for its response.
func (c *plainClient) ask(command string) {
	c.t.Helper()
	fmt.Fprintf(c, "%s\r\n", command)
	for c.lines.Scan() {
		if strings.HasPrefix(c.lines.Text(), command[:2]+"OK") {
			return
		}
	}
	c.t.Fatalf("no answer to %s: %v", command, c.lines.Err())
}
