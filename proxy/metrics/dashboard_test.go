package metrics

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"imapscope/capture"
	"imapscope/capture/hub"
)

// unshown are metrics that the dashboard does not show, by the beginnings of their names, and why.
var unshown = map[string]string{
	"go_":      "the runtime: goroutines show whether something is left behind, the rest is for profiling",
	"process_": "the process: memory, processor and descriptors are what runs out",
}

// grafana is what the test reads of a dashboard.
type grafana struct {
	UID, Title string
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
	Panels []grafanaPanel
}

type grafanaPanel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  struct{ X, Y, W, H int }
	FieldConfig              struct {
		Defaults struct{ Unit string }
	}
	Targets []struct{ RefID, Expr, LegendFormat, Format string }
}

// boards are the dashboards, and where the metrics of each are registered.
func boards() map[string]struct {
	dashboard
	registry *prometheus.Registry
} {
	type board = struct {
		dashboard
		registry *prometheus.Registry
	}
	hubs := prometheus.NewRegistry()
	hubs.MustRegister(newHubCollector(func() hub.Load { return hub.Load{} }))
	return map[string]board{"proxy": {proxyDashboard, all()}, "hub": {hubDashboard, hubs}}
}

// all returns a registry with all metrics of a proxy.
func all() *prometheus.Registry {
	m := New()
	m.Tap("display", noTap{})
	m.Traffic(func(capture.Direction) int64 { return 0 }, func() int64 { return 0 })
	m.Unshown(func() int64 { return 0 })
	none := func() int64 { return 0 }
	m.Mirror(none, none, none, none)
	m.Hands(nil, func() int { return 0 })
	return m.registry
}

// registered returns the labels of the metrics of a registry and of the process, by name. In those
// of a histogram is "le".
func registered(t *testing.T, registry *prometheus.Registry) map[string][]string {
	t.Helper()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	descs := make(chan *prometheus.Desc)
	go func() {
		registry.Describe(descs)
		close(descs)
	}()
	labels := make(map[string][]string)
	form := regexp.MustCompile(`fqName: "([^"]+)".*constLabels: \{([^}]*)\}, variableLabels: \{([^}]*)\}`)
	for d := range descs {
		f := form.FindStringSubmatch(d.String())
		if f == nil {
			t.Fatalf("%s is not understood", d)
		}
		for _, l := range strings.FieldsFunc(f[2]+","+f[3], func(r rune) bool { return r == ',' || r == ' ' }) {
			name, _, _ := strings.Cut(l, "=")
			if !slices.Contains(labels[f[1]], name) {
				labels[f[1]] = append(labels[f[1]], name)
			}
		}
		labels[f[1]] = append([]string{}, labels[f[1]]...)
	}
	if l := labels["imapscope_exchange_seconds"]; l != nil {
		labels["imapscope_exchange_seconds"] = append(l, "le")
	}
	return labels
}

type noTap struct{}

func (noTap) Depth() int64 { return 0 }
func (noTap) Lost() int64  { return 0 }

// read returns a dashboard as it is served.
func read(t *testing.T, board dashboard) (d grafana) {
	t.Helper()
	w := httptest.NewRecorder()
	newServer(prometheus.NewRegistry(), board).Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/dashboard.json", nil))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d, %v", w.Code, w.Header())
	}
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestRegisteredIsAll: what the test knows of are all metrics that the source has the names of.
func TestRegisteredIsAll(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	known := registered(t, all())
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, name := range regexp.MustCompile(`Name: "(\w+)"`).FindAllStringSubmatch(string(b), -1) {
			found++
			if known[name[1]] == nil {
				t.Errorf("%s: registered does not register %s", file, name[1])
			}
		}
	}
	if found < 16 {
		t.Errorf("the source has the names of %d metrics", found)
	}
}

var (
	metricName = regexp.MustCompile(`\b(?:imapscope|go|process)_\w+`)
	selector   = regexp.MustCompile(`\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)`)
	grouping   = regexp.MustCompile(`\bby \(([^)]*)\)`)
	legend     = regexp.MustCompile(`\{\{(\w+)\}\}`)
)

// TestDashboardShowsTheMetrics: every expression has names and labels of metrics that the program
// registers, and every metric is shown, or has a reason why not.
func TestDashboardShowsTheMetrics(t *testing.T) {
	for name, b := range boards() {
		t.Run(name, func(t *testing.T) { showsTheMetrics(t, b.dashboard, registered(t, b.registry)) })
	}
}

func showsTheMetrics(t *testing.T, board dashboard, known map[string][]string) {
	shown := make(map[string]bool)
	for _, p := range read(t, board).Panels {
		for _, target := range p.Targets {
			labels := []string{"instance", "job"} // Prometheus adds them
			names := metricName.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s: %s has no metric", p.Title, target.Expr)
			}
			for _, name := range names {
				base := name
				for _, suffix := range []string{"_bucket", "_sum", "_count"} {
					if b, ok := strings.CutSuffix(name, suffix); ok && known[b] != nil {
						base = b
					}
				}
				if known[base] == nil || base == name && slices.Contains(known[base], "le") {
					t.Errorf("%s: %s is not served", p.Title, name)
				}
				if counts := strings.HasSuffix(base, "_total") || base != name; counts != regexp.MustCompile(`(rate|increase)\(`+name+`\b`).MatchString(target.Expr) {
					t.Errorf("%s: only a rate of a counter means something: %s", p.Title, target.Expr)
				}
				shown[base] = true
				labels = append(labels, known[base]...)
			}
			var used []string
			for _, s := range selector.FindAllStringSubmatch(target.Expr, -1) {
				for _, m := range matcher.FindAllStringSubmatch(s[1], -1) {
					used = append(used, m[1])
				}
			}
			by := grouping.FindStringSubmatch(target.Expr)
			if by != nil {
				used = append(used, strings.Split(by[1], ", ")...)
			}
			for _, l := range used {
				if !slices.Contains(labels, l) {
					t.Errorf("%s: %s has no label %s", p.Title, target.Expr, l)
				}
			}
			for _, l := range legend.FindAllStringSubmatch(target.LegendFormat, -1) {
				if by != nil && !slices.Contains(strings.Split(by[1], ", "), l[1]) || by == nil && !slices.Contains(labels, l[1]) {
					t.Errorf("%s: the legend shows %s, which %s has not", p.Title, l[1], target.Expr)
				}
			}
			if n := strings.Count(target.Expr, "("); n != strings.Count(target.Expr, ")") {
				t.Errorf("%s: parentheses of %s", p.Title, target.Expr)
			}
		}
	}
	for name := range known {
		if !shown[name] && !slices.ContainsFunc([]string{"go_", "process_"}, func(p string) bool { return strings.HasPrefix(name, p) && unshown[p] != "" }) {
			t.Errorf("%s is not shown", name)
		}
	}
}

// units are the units of Grafana that panels use.
var units = []string{"short", "reqps", "ops", "cps", "percentunit", "s", "bytes", "Bps"}

// TestDashboardIsComplete: panels have identifiers of their own, titles, explanations and units,
// do not cover each other, and use the data source and the instances that the user chooses.
func TestDashboardIsComplete(t *testing.T) {
	for name, b := range boards() {
		t.Run(name, func(t *testing.T) { isComplete(t, read(t, b.dashboard)) })
	}
}

func isComplete(t *testing.T, d grafana) {
	if d.UID == "" || d.Title == "" || len(d.Templating.List) != 2 {
		t.Errorf("%+v", d)
	}
	ids, titles := make(map[int]bool), make(map[string]bool)
	used := make(map[[2]int]string)
	for _, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || p.Title == "" || titles[p.Type+p.Title] {
			t.Errorf("panel %d %q is not the only one", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Type+p.Title] = true, true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := used[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("%q covers %q, or is too far right", p.Title, other)
				}
				used[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if !slices.Contains(units, p.FieldConfig.Defaults.Unit) || p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("%q has the unit %q, the description %q, %d targets", p.Title, p.FieldConfig.Defaults.Unit, p.Description, len(p.Targets))
		}
		for i, target := range p.Targets {
			if target.RefID != string(rune('A'+i)) || target.LegendFormat == "" || strings.Count(target.Expr, `instance=~"$instance"`) != len(metricName.FindAllString(target.Expr, -1)) {
				t.Errorf("%q: %+v", p.Title, target)
			}
		}
	}
}
