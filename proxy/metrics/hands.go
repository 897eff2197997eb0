package metrics

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"imapscope/capture"
)

// Hands exports what is done to the traffic: faults by kind, of which kinds has the names, and
// messages that were changed, that were held, and that wait now. It returns what counts a note
// of intercept.Options.Acted.
func (m *Metrics) Hands(kinds []string, waiting func() int) (acted func(kind, text string)) {
	faults := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "imapscope_faults_total", Help: "Times that a fault acted, by kind.",
	}, []string{"fault"})
	changed := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "imapscope_changed_messages_total", Help: "Messages that were changed, dropped, answered or inserted by the user.",
	})
	held := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "imapscope_held_messages_total", Help: "Messages that were held and released.",
	})
	m.registry.MustRegister(faults, changed, held, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "imapscope_waiting_messages", Help: "Messages that are held now.",
	}, func() float64 { return float64(waiting()) }))
	known := make(map[string]prometheus.Counter, len(kinds))
	for _, k := range kinds {
		known[k] = faults.WithLabelValues(k)
	}
	other := faults.WithLabelValues("other")
	return func(kind, text string) {
		switch kind {
		case capture.ByFault:
			name, _, _ := strings.Cut(text, " ")
			if c := known[name]; c != nil {
				c.Inc()
			} else {
				other.Inc()
			}
		case capture.ByEdit:
			changed.Inc()
		case capture.ByHolding:
			held.Inc()
		}
	}
}
