package metrics

import (
	_ "embed"
	"net/http"
)

// A dashboard is one for Grafana, as JSON to be imported.
type dashboard []byte

// The dashboards show the metrics of a proxy and of a hub.
var (
	//go:embed dashboard_proxy.json
	proxyDashboard dashboard
	//go:embed dashboard_hub.json
	hubDashboard dashboard
)

// ServeHTTP implements http.Handler.
func (d dashboard) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(d) // nothing is left to do if the reader leaves
}
