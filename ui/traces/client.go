package traces

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"imapscope/ui/view"
)

const (
	attemptTimeout = 10 * time.Second // of one request
	batchTimeout   = 30 * time.Second // of one batch, repeated requests included
	firstPause     = 250 * time.Millisecond
	maxPause       = 5 * time.Second
	maxResponse    = 64 << 10 // bytes read of a response
	maxMessage     = 200      // bytes shown of the collector's message
)

// tracesPath is where a collector accepts traces, below the URL that it is configured by.
const tracesPath = "/v1/traces"

// client is an otlptrace.Client that sends spans as protobuf over HTTP.
type client struct {
	url      string // with the path
	name     string // of the collector, for messages: without a query
	header   http.Header
	http     *http.Client
	pause    time.Duration // before the first repetition
	accepted atomic.Bool   // a batch was accepted
}

// newClient returns a client of the collector at a URL. Headers and certificates are those of the
// environment variables that OpenTelemetry defines for exporters of OTLP.
func newClient(to string, getenv func(string) string) (*client, error) {
	u, err := url.Parse(to)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%q is no URL; for example: http://127.0.0.1:4318", to)
	case u.User != nil:
		return nil, errors.New("a password does not belong in the URL: OTEL_EXPORTER_OTLP_HEADERS is for it, as Authorization=Basic%20…")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Fragment != "":
		return nil, fmt.Errorf("%q is no URL of a collector; for example: http://127.0.0.1:4318", to)
	}
	if path := strings.TrimRight(u.Path, "/"); !strings.HasSuffix(path, tracesPath) {
		u.Path, u.RawPath = path+tracesPath, ""
	}
	header, err := headers(getenv)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if transport.TLSClientConfig, err = certificates(getenv); err != nil {
		return nil, err
	}
	return &client{
		url:    u.String(),
		name:   (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String(),
		header: header,
		pause:  firstPause,
		http: &http.Client{
			Transport: transport,
			Timeout:   attemptTimeout,
			// What is sent, secrets in headers among it, is for this collector only.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// variable returns the value of an environment variable of OpenTelemetry, and its name: that for
// traces, or else that for all signals.
func variable(getenv func(string) string, name string) (value, from string) {
	for _, from := range [...]string{"OTEL_EXPORTER_OTLP_TRACES_" + name, "OTEL_EXPORTER_OTLP_" + name} {
		if v := strings.TrimSpace(getenv(from)); v != "" {
			return v, from
		}
	}
	return "", ""
}

// headers returns the headers of the environment: "name=value,name=value", the values with
// percent-encoding. An error does not contain them.
func headers(getenv func(string) string) (http.Header, error) {
	h := http.Header{"Content-Type": {"application/x-protobuf"}, "User-Agent": {"imapscope"}}
	list, from := variable(getenv, "HEADERS")
	for i, pair := range strings.Split(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		name = strings.TrimSpace(name)
		if !ok || err != nil || name == "" || strings.ContainsAny(name, " \t\r\n:") || strings.ContainsAny(value, "\r\n\x00") {
			return nil, fmt.Errorf("%s: number %d is not name=value, percent-encoded", from, i+1)
		}
		h.Set(name, value)
	}
	return h, nil
}

// certificates returns the configuration that accepts certificates of the authorities in the file
// that the environment names; nil if it names none.
func certificates(getenv func(string) string) (*tls.Config, error) {
	file, from := variable(getenv, "CERTIFICATE")
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in %s", from, file)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// Start implements otlptrace.Client.
func (c *client) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (c *client) Stop(context.Context) error {
	c.http.CloseIdleConnections()
	return nil
}

// UploadTraces implements otlptrace.Client. It repeats a request that the collector could not
// answer now, until ctx is done. If no batch was accepted yet, it does not repeat a request that
// no one answered: most likely the URL is wrong.
func (c *client) UploadTraces(ctx context.Context, spans []*tracepb.ResourceSpans) error {
	// TracesData and the request of the service have the same encoding; the latter's package
	// links gRPC.
	body, err := proto.Marshal(&tracepb.TracesData{ResourceSpans: spans})
	if err != nil {
		return err
	}
	for pause := c.pause; ; pause = min(2*pause, maxPause) {
		retry, after, err := c.post(ctx, body)
		if err == nil || !retry {
			return err
		}
		wait := time.NewTimer(max(pause, min(after, maxPause)))
		select {
		case <-ctx.Done():
			wait.Stop()
			return err
		case <-wait.C:
		}
	}
}

// post sends a request, and reports whether it is worthwhile to repeat it, and after what time.
func (c *client) post(ctx context.Context, body []byte) (retry bool, after time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, 0, err
	}
	r.Header = c.header
	res, err := c.http.Do(r)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) { // it names the URL, query and all
			if err = u.Err; u.Timeout() {
				err = errors.New("no answer")
			}
		}
		return c.accepted.Load(), 0, fmt.Errorf("%s: %w", c.name, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	switch code := res.StatusCode; {
	case code >= 200 && code < 300 && err == nil:
		c.accepted.Store(true)
		return false, 0, rejection(c.name, answer)
	case code >= 200 && code < 300: // it may have the spans; again, it recognizes them
		return c.accepted.Load(), 0, fmt.Errorf("%s: %w", c.name, err)
	case code == http.StatusTooManyRequests || code == http.StatusBadGateway ||
		code == http.StatusServiceUnavailable || code == http.StatusGatewayTimeout:
		seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		return true, time.Duration(min(max(seconds, 0), int(maxPause/time.Second))) * time.Second, c.answered(code)
	default:
		return false, 0, &refused{c.answered(code)}
	}
}

// answered returns an error that shows a status, without any text of the collector's.
func (c *client) answered(code int) error {
	return fmt.Errorf("%s answered %d %s", c.name, code, http.StatusText(code))
}

// A refused reports that the collector does not accept a batch, whenever it comes.
type refused struct{ error }

// A rejected reports that the collector accepted a batch but for some spans.
type rejected struct {
	spans int64
	why   string
}

func (r *rejected) Error() string { return r.why }

// rejection returns what an ExportTraceServiceResponse says was not accepted, or nil. One that is
// malformed, or no protobuf, says nothing.
func rejection(name string, response []byte) error {
	r := &rejected{why: name + " rejected spans"}
	eachField(response, func(n protowire.Number, b []byte, _ uint64) {
		if n != 1 { // partial_success
			return
		}
		eachField(b, func(n protowire.Number, b []byte, v uint64) {
			switch n {
			case 1: // rejected_spans
				r.spans = max(int64(v), 0)
			case 2: // error_message
				r.why = name + " rejected spans: " + view.Inert(b[:min(len(b), maxMessage)])
			}
		})
	})
	if r.spans == 0 {
		return nil
	}
	return r
}

// eachField calls see for the fields of a message that are bytes or numbers, until one is malformed.
func eachField(message []byte, see func(n protowire.Number, b []byte, v uint64)) {
	for len(message) > 0 {
		num, typ, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(num, typ, message); n < 0 {
			return
		}
		switch typ {
		case protowire.BytesType:
			b, _ := protowire.ConsumeBytes(message)
			see(num, b, 0)
		case protowire.VarintType:
			v, _ := protowire.ConsumeVarint(message)
			see(num, nil, v)
		}
		message = message[n:]
	}
}
