package metrics

import (
	"log/slog"
	"net"

	"github.com/prometheus/client_golang/prometheus"

	"imapscope/capture/hub"
)

// ServeHub serves what a hub does and holds, as Serve does for a proxy. load is called each time.
//
//	imapscope_hub_connections, imapscope_hub_connections_total
//	imapscope_hub_messages_total{direction}, imapscope_hub_bytes_total{direction}
//	imapscope_hub_slow_consumers_total, imapscope_hub_subscriptions, imapscope_hub_storing
//	imapscope_hub_stream_messages{stream}, imapscope_hub_stream_bytes{stream}
//	imapscope_hub_stream_removed_total{stream}, imapscope_hub_stream_subjects{stream}
//	imapscope_hub_stream_consumers{stream}, imapscope_hub_stream_redelivered{stream}
//	imapscope_hub_stream_unread{stream}
//
// Streams of other names than a hub makes are not labels: users may make some.
func ServeHub(l net.Listener, load func() hub.Load, log *slog.Logger) (stop func() error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(newHubCollector(load))
	return serve(registry, l, hubDashboard, log)
}

// A hubCollector is the prometheus.Collector of a hub.
type hubCollector struct {
	load    func() hub.Load
	figures []hubFigure
	streams []streamFigure
}

// A hubFigure is a figure of the server.
type hubFigure struct {
	desc   *prometheus.Desc
	kind   prometheus.ValueType
	value  func(hub.Load) float64
	labels []string
}

// A streamFigure is a figure of a stream.
type streamFigure struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(hub.StreamLoad) float64
}

func newHubCollector(load func() hub.Load) *hubCollector {
	const counter, gauge = prometheus.CounterValue, prometheus.GaugeValue
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("imapscope_hub_"+name, help, labels, nil)
	}
	messages := desc("messages_total", "Messages received from clients and sent to them.", "direction")
	bytes := desc("bytes_total", "Bytes of messages received from clients and sent to them.", "direction")
	in, out := []string{"in"}, []string{"out"}
	stream := func(name, help string, kind prometheus.ValueType, value func(hub.StreamLoad) float64) streamFigure {
		return streamFigure{desc("stream_"+name, help, "stream"), kind, value}
	}
	return &hubCollector{
		load: load,
		figures: []hubFigure{
			{desc("connections", "Connections open now."), gauge, func(l hub.Load) float64 { return float64(l.Connections) }, nil},
			{desc("connections_total", "Connections accepted."), counter, func(l hub.Load) float64 { return float64(l.Accepted) }, nil},
			{messages, counter, func(l hub.Load) float64 { return float64(l.In.Messages) }, in},
			{messages, counter, func(l hub.Load) float64 { return float64(l.Out.Messages) }, out},
			{bytes, counter, func(l hub.Load) float64 { return float64(l.In.Bytes) }, in},
			{bytes, counter, func(l hub.Load) float64 { return float64(l.Out.Bytes) }, out},
			{desc("slow_consumers_total", "Connections that were ended because they did not read."), counter, func(l hub.Load) float64 { return float64(l.SlowConsumers) }, nil},
			{desc("subscriptions", "Subscriptions."), gauge, func(l hub.Load) float64 { return float64(l.Subscriptions) }, nil},
			{desc("storing", "1 if what is published is stored, 0 while the disk is full."), gauge, func(l hub.Load) float64 { return flag(l.Storing) }, nil},
		},
		streams: []streamFigure{
			stream("messages", "Messages that are stored.", gauge, func(s hub.StreamLoad) float64 { return float64(s.Messages) }),
			stream("bytes", "Bytes of the store.", gauge, func(s hub.StreamLoad) float64 { return float64(s.Bytes) }),
			stream("removed_total", "Messages that were removed: too old, or too many.", counter, func(s hub.StreamLoad) float64 { return float64(s.Removed) }),
			stream("subjects", "Subjects of messages that are stored: connections.", gauge, func(s hub.StreamLoad) float64 { return float64(s.Subjects) }),
			stream("consumers", "Readers and workers.", gauge, func(s hub.StreamLoad) float64 { return float64(s.Consumers) }),
			stream("redelivered", "Messages that were sent again and are not acknowledged yet.", gauge, func(s hub.StreamLoad) float64 { return float64(s.Redelivered) }),
			stream("unread", "Messages that the consumer furthest behind has yet to be sent.", gauge, func(s hub.StreamLoad) float64 { return float64(s.Unread) }),
		},
	}
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}

// Describe implements prometheus.Collector.
func (c *hubCollector) Describe(to chan<- *prometheus.Desc) {
	for _, f := range c.figures {
		to <- f.desc // the same twice is one
	}
	for _, f := range c.streams {
		to <- f.desc
	}
}

// Collect implements prometheus.Collector.
func (c *hubCollector) Collect(to chan<- prometheus.Metric) {
	load := c.load()
	for _, f := range c.figures {
		to <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(load), f.labels...)
	}
	counted := make(map[string]bool) // a name may occur in several accounts, a figure once only
	for _, s := range load.Streams {
		if s.Name != hub.Stream && s.Name != hub.WorkStream || counted[s.Name] {
			continue
		}
		counted[s.Name] = true
		for _, f := range c.streams {
			to <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(s), s.Name)
		}
	}
}
