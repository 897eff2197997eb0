package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"imapscope/capture"
)

// A Tap is a queue through which a copy of the traffic reaches what shows or records it.
type Tap interface {
	Depth() int64 // bytes that wait
	Lost() int64  // bytes that were lost, because they did not fit or could not be written
}

// Tap exports the depth and the losses of a copy of the traffic. Its name is a label.
func (m *Metrics) Tap(name string, t Tap) {
	labels := prometheus.Labels{"tap": name}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "imapscope_tap_queue_bytes", Help: "Bytes of memory that hold a copy of the traffic until it is shown or recorded.", ConstLabels: labels,
		}, func() float64 { return float64(t.Depth()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "imapscope_tap_lost_bytes_total", Help: "Bytes that were forwarded, but are missing in a copy.", ConstLabels: labels,
		}, func() float64 { return float64(t.Lost()) }),
	)
}

// Traffic exports what was forwarded, and the connections that were refused: figures that are
// right even where copies are lost.
func (m *Metrics) Traffic(forwarded func(capture.Direction) int64, refused func() int64) {
	for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "imapscope_forwarded_bytes_total", Help: "Bytes forwarded, by sender.",
			ConstLabels: prometheus.Labels{"from": dir.String()},
		}, func() float64 { return float64(forwarded(dir)) }))
	}
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "imapscope_refused_connections_total", Help: "Connections without a server, or refused.",
	}, func() float64 { return float64(refused()) }))
}

// Unshown exports the number of lines that the reader of the output did not read in time.
func (m *Metrics) Unshown(lines func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "imapscope_unshown_lines_total", Help: "Lines of output that were discarded because their reader did not read.",
	}, func() float64 { return float64(lines()) }))
}

// Mirror exports what a mirror has compared: commands that a second server answered alike and
// differently, those that were not compared, and connections whose mirroring ended early.
func (m *Metrics) Mirror(same, different, skipped, ended func() int64) {
	for result, n := range map[string]func() int64{"same": same, "different": different, "skipped": skipped} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "imapscope_mirror_commands_total", Help: "Commands of clients, by how a second server answered them.",
			ConstLabels: prometheus.Labels{"result": result},
		}, func() float64 { return float64(n()) }))
	}
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "imapscope_mirror_ended_connections_total", Help: "Connections whose mirroring ended before they did.",
	}, func() float64 { return float64(ended()) }))
}
