package traces

import (
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// TestCollectorDown: what waits does not wait for a collector that does not answer, and all is
// counted.
func TestCollectorDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	x := impatient(t, Options{URL: "http://" + l.Addr().String(), Wait: true}, time.Minute, time.Minute)
	commands(t, x, 3*maxQueue)
	if r := x.Finish(); r.Failed != 3*maxQueue+1 || r.Sent+r.Dropped != 0 || !strings.Contains(r.Err.Error(), "connection refused") {
		t.Errorf("%+v", r)
	}
}

// TestCollectorFails: what the collector refuses is counted with the reason, without its text.
func TestCollectorFails(t *testing.T) {
	c := newCollector(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Error(w, "\x1b[31mtext of the collector", http.StatusInternalServerError)
		return true
	})
	x := impatient(t, c.fill(Options{Wait: true}), time.Minute, time.Minute)
	commands(t, x, 2*maxBatch)
	r := x.Finish()
	if want := c.URL + "/v1/traces answered 500 Internal Server Error"; r.Failed != 2*maxBatch+1 || r.Err == nil || r.Err.Error() != want {
		t.Errorf("%+v, not %s", r, want)
	}
	if c.requests != 3 {
		t.Errorf("%d requests", c.requests)
	}
}

// TestCollectorRecovers: a request that the collector cannot answer now is repeated, and after a
// batch that was refused the next one is sent.
func TestCollectorRecovers(t *testing.T) {
	c := newCollector(t, func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n <= 2 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if n == 4 {
			w.WriteHeader(http.StatusBadRequest)
		}
		return n <= 2 || n == 4
	})
	x := impatient(t, c.fill(Options{Wait: true}), time.Minute, time.Minute)
	commands(t, x, 3*maxBatch-1)
	if r := x.Finish(); r.Sent != 2*maxBatch || r.Failed != maxBatch || r.Dropped != 0 || len(c.spans) != 2*maxBatch {
		t.Errorf("%+v", r)
	}
}

// TestCollectorIsSilent: one that never answers ends neither the work nor the program.
func TestCollectorIsSilent(t *testing.T) {
	for _, wait := range []bool{false, true} {
		release := make(chan struct{})
		c := newCollector(t, func(int, http.ResponseWriter, *http.Request) bool {
			<-release
			return true
		})
		x := impatient(t, c.fill(Options{Wait: wait}), 10*time.Millisecond, 50*time.Millisecond)
		commands(t, x, maxQueue)
		r := x.Finish()
		if r.Sent != 0 || r.Failed+r.Dropped != maxQueue+1 || r.Err == nil || !strings.HasSuffix(r.Err.Error(), "no answer") {
			t.Errorf("wait %v: %+v", wait, r)
		}
		close(release)
	}
}

// TestInterruptEndsTheWait: after Ctrl-C a collector that is silent does not hold up what waits for it.
func TestInterruptEndsTheWait(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	asked := make(chan struct{}, 100)
	c := newCollector(t, func(int, http.ResponseWriter, *http.Request) bool {
		asked <- struct{}{}
		<-release
		return true
	})
	client, err := newClient(c.URL, os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	x, err := newExporter(ctx, c.fill(Options{Wait: true}), client, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-asked
		interrupt()
	}()
	commands(t, x, 3*maxQueue) // more than the queue holds: it waits until the interrupt
	if r := x.Finish(); r.Failed != 3*maxQueue+1 || r.Dropped != 0 {
		t.Errorf("%+v", r)
	}
}

// TestLiveTrafficDoesNotWait: while the collector is silent the queue fills, what does not fit is
// dropped and counted, and what fits is sent when it answers.
func TestLiveTrafficDoesNotWait(t *testing.T) {
	release := make(chan struct{})
	c := newCollector(t, func(int, http.ResponseWriter, *http.Request) bool {
		<-release
		return false
	})
	x := impatient(t, c.fill(Options{}), time.Minute, time.Minute)
	const n = 3 * maxQueue
	commands(t, x, n) // it returns: no one has answered yet
	close(release)
	r := x.Finish()
	if r.Dropped < n-maxQueue-2*maxBatch || r.Dropped > n-maxQueue || r.Failed != 0 || r.Sent+r.Dropped != n+1 {
		t.Errorf("%+v", r)
	}
	if int64(len(c.spans)) != r.Sent {
		t.Errorf("%d spans arrived of %d", len(c.spans), r.Sent)
	}
}

// TestWaitDropsNothing: a slow collector gets all that waits for it.
func TestWaitDropsNothing(t *testing.T) {
	c := newCollector(t, nil)
	x := impatient(t, c.fill(Options{Wait: true}), time.Minute, time.Minute)
	commands(t, x, 3*maxQueue)
	if r := x.Finish(); r.Sent != 3*maxQueue+1 || r.Failed+r.Dropped != 0 || len(c.spans) != 3*maxQueue+1 {
		t.Errorf("%+v, %d spans", r, len(c.spans))
	}
}

// TestRejectedSpans: spans that the collector rejects of a batch are counted, and its reason is
// shown inert and short.
func TestRejectedSpans(t *testing.T) {
	c := newCollector(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		answer, _ := proto.Marshal(&collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{
			RejectedSpans: 2, ErrorMessage: "too old\x1b[31m" + strings.Repeat("x", 1000),
		}})
		w.Write(answer)
		return true
	})
	x := impatient(t, c.fill(Options{Wait: true}), time.Minute, time.Minute)
	commands(t, x, 9)
	r := x.Finish()
	if r.Sent != 8 || r.Failed != 2 || r.Err == nil || !strings.Contains(r.Err.Error(), `rejected spans: too old\x1b[31mxxx`) || len(r.Err.Error()) > 400 {
		t.Errorf("%+v", r)
	}
	for _, answer := range []string{"", "no protobuf", "\x0a\xff\xff\xff\xff\x0f", "\x0a\x02\x08", "\x0a\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		if err := rejection("c", []byte(answer)); err != nil {
			t.Errorf("%q says %v", answer, err)
		}
	}
}

// TestNoticeComesOnce: that live traffic is not traced is reported when it begins, once.
func TestNoticeComesOnce(t *testing.T) {
	c := newCollector(t, func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		return true
	})
	var notices atomic.Int32
	x := impatient(t, c.fill(Options{Notice: func(err error) {
		if notices.Add(1); !strings.Contains(err.Error(), "404 Not Found") {
			t.Error(err)
		}
	}}), time.Minute, time.Minute)
	commands(t, x, 2*maxBatch)
	if r := x.Finish(); notices.Load() != 1 || r.Failed+r.Dropped != 2*maxBatch+1 {
		t.Errorf("%d notices, %+v", notices.Load(), r)
	}
}

// TestNoRedirect: spans and headers go to the collector that was named and to no other.
func TestNoRedirect(t *testing.T) {
	other := newCollector(t, nil)
	c := newCollector(t, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL+tracesPath, http.StatusTemporaryRedirect)
		return true
	})
	x := impatient(t, c.fill(Options{Wait: true}), time.Minute, time.Minute)
	commands(t, x, 3)
	if r := x.Finish(); r.Sent != 0 || other.requests != 0 || !strings.Contains(r.Err.Error(), "307") {
		t.Errorf("%+v, %d requests", r, other.requests)
	}
}

// TestURLs: a collector is an http or https URL without a password; its path may have a prefix.
func TestURLs(t *testing.T) {
	getenv := func(string) string { return "" }
	for to, want := range map[string]string{
		"http://127.0.0.1:4318":             "http://127.0.0.1:4318/v1/traces",
		"http://[::1]:4318/":                "http://[::1]:4318/v1/traces",
		"https://collector.example/otlp/":   "https://collector.example/otlp/v1/traces",
		"http://127.0.0.1:4318/v1/traces":   "http://127.0.0.1:4318/v1/traces",
		"https://collector.example/a%2Fb?k": "https://collector.example/a/b/v1/traces?k",
	} {
		if c, err := newClient(to, getenv); err != nil || c.url != want {
			t.Errorf("%s: %v, %v", to, c, err)
		}
	}
	for _, to := range []string{"127.0.0.1:4318", "localhost:4318", "ftp://x", "http://", "http://x/#y", "http://user:Zugspitze@x", "\x00"} {
		if _, err := newClient(to, getenv); err == nil || strings.Contains(err.Error(), "Zugspitze") {
			t.Errorf("%q: %v", to, err)
		}
	}
}

// TestHeaders: headers are those of the environment, those for traces first; an error does not
// show them.
func TestHeaders(t *testing.T) {
	c := newCollector(t, nil)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=wrong")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "Authorization=Basic%20Zug, x-scope = a=b ,")
	play(t, c.fill(Options{Wait: true}), conversation)
	if c.headers.Get("Authorization") != "Basic Zug" || c.headers.Get("X-Scope") != "a=b" || c.headers.Get("Api-Key") != "" {
		t.Errorf("%v", c.headers)
	}
	for _, list := range []string{"Zugspitze", "x=Zugspitze%", "=Zugspitze", "a b=Zugspitze", "x=Zugspitze%0D%0Ay:", "a=b,Zugspitze"} {
		t.Setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", list)
		if _, err := New(context.Background(), c.fill(Options{})); err == nil || strings.Contains(err.Error(), "Zugspitze") || !strings.Contains(err.Error(), "OTEL_EXPORTER_OTLP_TRACES_HEADERS: number") {
			t.Errorf("%s: %v", list, err)
		}
	}
}

// TestCollectorsCertificateIsChecked: a collector's certificate is checked; an authority of the environment is
// accepted, and a file that is none is named.
func TestCollectorsCertificateIsChecked(t *testing.T) {
	c := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	c.Config.ErrorLog = log.New(io.Discard, "", 0)
	c.StartTLS()
	defer c.Close()
	if r := play(t, Options{URL: c.URL, Wait: true}, conversation); r.Sent != 0 || !strings.Contains(r.Err.Error(), "certificate") {
		t.Errorf("%+v", r)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", file)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := play(t, Options{URL: c.URL, Wait: true}, conversation); r.Sent != 7 || r.Err != nil {
		t.Errorf("%+v", r)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := New(context.Background(), Options{URL: "https://127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(file, []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(context.Background(), Options{URL: "https://127.0.0.1:1"}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
}
