// Package metrics counts decoded events and serves them as Prometheus metrics.
//
//	imapscope_connections_total, imapscope_connections_open
//	imapscope_octets_total{from}, imapscope_lost_octets_total{from}
//	imapscope_transactions_total{command,status}
//	imapscope_exchange_seconds{command}
//	imapscope_forwarded_bytes_total{from}, imapscope_refused_connections_total
//	imapscope_tap_queue_bytes{tap}, imapscope_tap_lost_bytes_total{tap}
//	imapscope_unshown_lines_total
//	imapscope_faults_total{fault}, imapscope_changed_messages_total
//	imapscope_held_messages_total, imapscope_waiting_messages
//	imapscope_mirror_commands_total{result}, imapscope_mirror_ended_connections_total
//	go_goroutines, process_open_fds, process_resident_memory_bytes and the other figures of
//	Prometheus's Go and process collectors
//
// # Rules
//
//   - The figures of a hub are those of ServeHub; what a sensor sends is never a label.
//   - A session is counted once: of the two legs of a proxy that changed something, the
//     client's.
//   - Commands are named by the client, and a hostile one may invent any number of them:
//     only commands of the protocol become labels, all others are counted as "other". Faults
//     are labelled by their kinds, never by their texts.
//   - The dashboards show every metric, with the labels that it has; a test lists the exceptions.
package metrics

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Metrics is a decode.Handler that counts. Its values may be read over HTTP at the same time.
type Metrics struct {
	registry     *prometheus.Registry
	connections  prometheus.Counter
	open         prometheus.Gauge
	octets, lost *prometheus.CounterVec
	transactions *prometheus.CounterVec
	exchange     *prometheus.HistogramVec
	sessions     decode.Sessions
}

// New returns a Metrics with all counters at zero.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		connections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "imapscope_connections_total", Help: "Connections opened.",
		}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "imapscope_connections_open", Help: "Connections open now.",
		}),
		octets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "imapscope_octets_total", Help: "Bytes of messages, by sender.",
		}, []string{"from"}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "imapscope_lost_octets_total", Help: "Bytes that were not decoded, by sender.",
		}, []string{"from"}),
		transactions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "imapscope_transactions_total", Help: "Commands, by name and response status.",
		}, []string{"command", "status"}),
		exchange: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "imapscope_exchange_seconds", Help: "Time from the first byte of a command to the end of its response.",
			Buckets: prometheus.ExponentialBuckets(0.000_1, 4, 11), // 0.1 ms to 105 s
		}, []string{"command"}),
	}
	m.registry.MustRegister(m.connections, m.open, m.octets, m.lost, m.transactions, m.exchange)
	m.sessions.To = (*counting)(m)
	return m
}

// Handler returns a handler that serves the metrics, in Prometheus's text format.
func (m *Metrics) Handler() http.Handler { return handler(m.registry) }

func handler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// Open implements decode.Handler.
func (m *Metrics) Open(c capture.Conn) error { return m.sessions.Open(c) }

// Events implements decode.Handler.
func (m *Metrics) Events(id capture.ConnID, events []decode.Event) error {
	return m.sessions.Events(id, events)
}

// counting is a Metrics as the Handler of its sessions.
type counting Metrics

// Open implements decode.Handler.
func (m *counting) Open(capture.Conn) error {
	m.connections.Inc()
	m.open.Inc()
	return nil
}

// Events implements decode.Handler.
func (m *counting) Events(_ capture.ConnID, events []decode.Event) error {
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Message:
			m.octets.WithLabelValues(e.Dir.String()).Add(float64(e.Len))
		case *decode.Transaction:
			m.transaction(e)
		case *decode.Closed:
			m.open.Dec()
			for dir, n := range e.Lost {
				m.lost.WithLabelValues(capture.Direction(dir).String()).Add(float64(n))
			}
		}
	}
	return nil
}

func (m *counting) transaction(t *decode.Transaction) {
	command, status := label(t.Command), t.Status
	switch t.Outcome {
	case decode.Abandoned:
		status = "abandoned"
	case decode.Orphan:
		command = "orphan"
	}
	if status == "" {
		status = "none"
	}
	m.transactions.WithLabelValues(command, status).Inc()
	if d, ok := t.Elapsed(); ok {
		m.exchange.WithLabelValues(command).Observe(d.Seconds())
	}
}

// label returns the label for a command: its name, or "other" if it is unknown.
func label(command string) string {
	if protocol.Lookup(protocol.Command, command) != nil {
		return command
	}
	return "other"
}

// Serve serves the metrics, with those of this process, at /metrics of a listener until stop
// is called, which closes it. It may be called once. A failure after the start is logged.
func (m *Metrics) Serve(l net.Listener, log *slog.Logger) (stop func() error) {
	return serve(m.registry, l, proxyDashboard, log)
}

// serve is Serve for the metrics of a registry.
func serve(registry *prometheus.Registry, l net.Listener, board dashboard, log *slog.Logger) (stop func() error) {
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	s := newServer(registry, board)
	s.ErrorLog = slog.NewLogLogger(serving{log.Handler()}, slog.LevelWarn)
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "error", err)
		}
	}()
	return s.Close
}

// serving is a slog.Handler for the messages of net/http. They name clients, so that each
// would be a message of its own; here the message is one, and the text an attribute.
type serving struct{ slog.Handler }

// Handle implements slog.Handler.
func (s serving) Handle(ctx context.Context, r slog.Record) error {
	one := slog.NewRecord(r.Time, r.Level, "serving metrics", r.PC)
	one.AddAttrs(slog.String("error", r.Message))
	return s.Handler.Handle(ctx, one)
}

// Server returns an HTTP server with the metrics at /metrics, and a dashboard for Grafana that
// shows them at /dashboard.json.
func (m *Metrics) Server() *http.Server { return newServer(m.registry, proxyDashboard) }

// newServer returns an HTTP server with the metrics of a registry at /metrics, and a dashboard.
func newServer(registry *prometheus.Registry, board dashboard) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("/metrics", handler(registry))
	mux.Handle("/dashboard.json", board)
	return &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
}
