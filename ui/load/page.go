package load

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"imapscope/proxy/replay"
	"imapscope/ui/report"
	"imapscope/ui/view"
)

//go:embed page
var files embed.FS

// PageOptions configure a page. Its texts are inert.
type PageOptions struct {
	Source string // what was played, and to which server
	Made   string // by which program
}

// maxCurves bounds the commands in a plot.
const maxCurves = 8

// sheet is the data of a page.
type sheet struct {
	CSP, Title   string
	Style        template.CSS
	Source, Made string
	Begin        string
	Summary      []string
	Failures     []replay.Failure
	More         int64 // errors of other kinds
	Rows         []tableRow
	Plots        []*plot
}

// tableRow is a line of the table.
type tableRow struct {
	Name    string
	Count   int64
	Errors  int64
	Missing int64
	Cells   []string // latencies, in milliseconds
	All     bool
}

// columns are the latencies of a tableRow.
func (tableRow) columns() []string {
	return []string{"p50", "p90", "p99", "p99.9", "max", "p50", "p99", "p99.9", "max", "p50", "p99"}
}

func rowOf(name string, c *replay.Latencies) tableRow {
	r := tableRow{Name: name, Count: c.Now.TotalCount(), Errors: c.Errors, Missing: c.Unanswered}
	for _, q := range []float64{50, 90, 99, 99.9, 100} {
		r.Cells = append(r.Cells, MillisAt(c.Now, q))
	}
	for _, q := range []float64{50, 99, 99.9, 100} {
		r.Cells = append(r.Cells, MillisAt(c.Sent, q))
	}
	for _, q := range []float64{50, 99} {
		r.Cells = append(r.Cells, MillisAt(c.Recorded, q))
	}
	return r
}

// Page writes the result of a load as a self-contained page, without a script.
func Page(w io.Writer, r *replay.Report, h *History, o PageOptions) error {
	own, err := files.ReadFile("page/load.css")
	if err != nil {
		return err
	}
	style := report.PageStyle() + string(own)
	sum := sha256.Sum256([]byte(style))
	t, err := template.New("").Funcs(template.FuncMap{
		"heads": tableRow{}.columns, "inert": view.Inert[string], "times": func(n int64) string { return view.Count(int(n), "time") },
	}).ParseFS(files, "page/load.html")
	if err != nil {
		return err
	}
	s := sheet{
		CSP:   fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; img-src data:; base-uri 'none'; form-action 'none'", base64.StdEncoding.EncodeToString(sum[:])),
		Title: "Load test", Style: template.CSS(style), Source: o.Source, Made: o.Made,
		Begin: r.Start.Format("2006-01-02 15:04:05 MST"), Summary: summary(r), Failures: r.Failures, More: r.Errors,
	}
	for _, f := range r.Failures {
		s.More -= f.Count
	}
	for _, c := range r.Commands {
		s.Rows = append(s.Rows, rowOf(view.Inert(c.Command), c))
	}
	if len(r.Commands) > 2 {
		all := rowOf(allCommands, r.All)
		all.All = true
		s.Rows = append(s.Rows, all)
	}
	if len(h.points) > 0 {
		s.Plots = append(s.Plots, h.throughput(r.Start), h.latency(r.Start))
	}
	if p := percentiles(r.Commands); p != nil {
		s.Plots = append(s.Plots, p)
	}
	if len(h.points) > 0 {
		s.Plots = append(s.Plots, h.inFlight(r.Start))
	}
	return t.ExecuteTemplate(w, "load.html", s)
}

// over returns a plot over the time of a load, with the note that all of them have.
func (h *History) over(title, unit string, start time.Time) *plot {
	if unit != "" {
		title += ", in " + unit
	}
	p := &plot{Title: title, x: axis{name: "seconds"}, y: axis{name: unit}}
	for i := range h.points {
		p.x.include(h.points[i].end.Sub(start).Seconds())
	}
	p.x.include(0)
	p.y.include(0)
	if h.each > 1 {
		p.Note = fmt.Sprintf("Each point is about %d intervals, and shows the worst latency among theirs.", h.each)
	}
	return p
}

// series adds a curve of a value of each point; those without the value are gaps.
func (h *History) series(p *plot, start time.Time, name string, value func(*point) (float64, bool)) {
	c := curve{Name: name, Class: len(p.Curves)}
	gap := true
	for i := range h.points {
		v, ok := value(&h.points[i])
		if !ok {
			gap = true
			continue
		}
		c.points = append(c.points, place{x: h.points[i].end.Sub(start).Seconds(), y: v, begins: gap})
		p.y.include(v)
		gap = false
	}
	p.Curves = append(p.Curves, c)
}

func (h *History) throughput(start time.Time) *plot {
	p := h.over("Throughput", "commands/s", start)
	h.series(p, start, "answered", func(x *point) (float64, bool) { return x.answered(), true })
	return p
}

func (h *History) latency(start time.Time) *plot {
	p := h.over("Latency of all commands, from when they were due", "ms", start)
	p.y = axis{name: "ms", log: true}
	for _, c := range []struct {
		name string
		of   func(*point) time.Duration
	}{
		{"p50", func(x *point) time.Duration { return x.p50 }}, {"p99", func(x *point) time.Duration { return x.p99 }},
		{"max", func(x *point) time.Duration { return x.most }}, {"p99 from when they were sent", func(x *point) time.Duration { return x.sentP99 }},
	} {
		h.series(p, start, c.name, func(x *point) (float64, bool) { return logMillis(c.of(x)), x.commands > 0 })
	}
	return p
}

func (h *History) inFlight(start time.Time) *plot {
	p := h.over("In flight at the end of each interval", "", start)
	h.series(p, start, "sessions", func(x *point) (float64, bool) { return float64(x.active), true })
	h.series(p, start, "commands without an answer so far", func(x *point) (float64, bool) { return float64(x.waiting), true })
	return p
}

// logMillis returns a latency in milliseconds, at least what a histogram distinguishes: a
// logarithmic scale has no zero.
func logMillis(d time.Duration) float64 {
	return float64(max(d, time.Microsecond)) / float64(time.Millisecond)
}

// percentiles returns a plot of the latency of each command by percentile; nil without commands.
func percentiles(list []*replay.Latencies) *plot {
	list = slices.DeleteFunc(slices.Clone(list), func(c *replay.Latencies) bool { return c.Now.TotalCount() == 0 })
	if len(list) == 0 {
		return nil
	}
	p := &plot{
		Title: "Latency by percentile, from when a command was due, in ms", x: axis{name: "percentile", nines: true}, y: axis{name: "ms", log: true},
	}
	slices.SortStableFunc(list, func(a, b *replay.Latencies) int { return int(min(max(b.Now.TotalCount()-a.Now.TotalCount(), -1), 1)) })
	if n := len(list); n > maxCurves {
		p.Note = fmt.Sprintf("The %d most frequent of %d commands.", maxCurves, n)
		list = list[:maxCurves]
	}
	for _, c := range list {
		curve := curve{Name: view.Inert(c.Command), Class: len(p.Curves)}
		most := min(nines(c.Now.TotalCount()), maxNines)
		for i := 0; ; i++ {
			x := min(float64(i)/quantileSteps, most)
			y := logMillis(replay.Quantile(c.Now, ninesToPercent(x)))
			curve.points = append(curve.points, place{x: x, y: y, begins: i == 0})
			p.y.include(y)
			p.x.include(x)
			if x >= most {
				break
			}
		}
		p.Curves = append(p.Curves, curve)
	}
	return p
}
