package load

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/proxy/replay"
	"imapscope/ui/browsertest"
	"imapscope/ui/view"
)

// hostile is the name of a command, and the text of an error, that came off the wire.
const hostile = "X\x1b[31m<script>alert(1)</script>,\u202e Y"

func histogram(times ...time.Duration) *hdrhistogram.Histogram {
	h := hdrhistogram.New(1, int64(time.Hour/time.Microsecond), 3)
	for _, d := range times {
		if err := h.RecordValue(d.Microseconds()); err != nil {
			panic(err) // a test's own values
		}
	}
	return h
}

func latencies(command string, times ...time.Duration) *replay.Latencies {
	return &replay.Latencies{Command: command, Now: histogram(times...), Sent: histogram(times[0]), Recorded: histogram()}
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC)

// sample returns the report of a load and its intervals.
func sample() (*replay.Report, []*replay.Interval) {
	fetch := latencies("FETCH", time.Millisecond, 2*time.Millisecond, 800*time.Millisecond)
	fetch.Unanswered, fetch.Errors = 1, 2
	odd := latencies(hostile, 3*time.Millisecond)
	connect := latencies(replay.Connecting, 500*time.Microsecond)
	all := latencies("", time.Millisecond, 2*time.Millisecond, 800*time.Millisecond, 3*time.Millisecond)
	all.Unanswered = 1
	r := &replay.Report{
		Tally: replay.Tally{Sessions: 1, Commands: 4, Errors: 3}, Start: start, Elapsed: 2 * time.Second,
		User: 30 * time.Microsecond, System: 50 * time.Microsecond, Commands: []*replay.Latencies{connect, fetch, odd},
		All: all, Late: histogram(20 * time.Millisecond), CommandRate: 100, Failures: []replay.Failure{{Text: hostile, Count: 2}},
		Broken: []string{"limit " + hostile}, Interrupted: true,
	}
	intervals := []*replay.Interval{
		{Start: start, End: start.Add(time.Second), Active: 1, Waiting: 2, Sessions: 1, Commands: r.Commands, All: all},
		{Start: start.Add(time.Second), End: start.Add(2 * time.Second), Active: 1, Waiting: 2, All: latencies("", time.Hour)},
		{Start: start.Add(2 * time.Second), End: start.Add(3 * time.Second), Commands: []*replay.Latencies{fetch}, All: fetch},
	}
	intervals[1].All.Now.Reset()
	return r, intervals
}

func TestTable(t *testing.T) {
	r, _ := sample()
	var b bytes.Buffer
	if err := Table(&b, r, 0); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`(?m)^FETCH +3 +2 +1 +2\.00 +800\.\d+ +800\.\d+ +800\.\d+ +800\.\d+ +1\.00 +1\.00 +– +–$`,
		`(?m)^all commands +4 `, `(?m)^2 times: X`, `… and 1 more errors`, `could not send 100 commands/s: a tenth of them were sent 20`,
		`(?m)^this process took 20\.0 µs of processor time per command \(user 7\.5, system 12\.5\), 0\.00 of a processor$`,
		`(?m)^ended early: the sessions in flight were finished$`, `(?m)^limit: `,
	} {
		if !regexp.MustCompile(want).MatchString(b.String()) {
			t.Errorf("there is no %s in\n%s", want, b.String())
		}
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e") {
		t.Errorf("%q", b.String())
	}
}

// TestTableFits: what says least is left out where the terminal is narrow.
func TestTableFits(t *testing.T) {
	calm := &replay.Report{Late: histogram(), All: latencies("", time.Millisecond), Commands: []*replay.Latencies{latencies("FETCH", 20*time.Second)}}
	busy, _ := sample()
	for _, c := range []struct {
		r     *replay.Report
		width int
		head  string // of the names, single spaces
	}{
		{calm, 0, "command count errors no resp p50 ms p90 p99 p99.9 max p50 ms p99 p50 ms p99"},
		{calm, 113, "command count errors no resp p50 ms p90 p99 p99.9 max p50 ms p99 p50 ms p99"},
		{calm, 112, "command count errors no resp p50 ms p90 p99 p99.9 max p50 ms p99"},
		{calm, 94, "command count errors no resp p50 ms p99 p99.9 max p50 ms p99"},
		{calm, 80, "command count errors p50 ms p99 p99.9 max p50 ms p99"},
		{calm, 78, "command count p50 ms p99 p99.9 max p50 ms p99"},
		{busy, 80, "command count errors no resp p50 ms p99 p99.9 max p50 ms p99"},
	} {
		var b bytes.Buffer
		if err := Table(&b, c.r, c.width); err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(b.String()[strings.Index(b.String(), "command "):], "\n")
		if got := strings.Join(strings.Fields(head), " "); got != c.head {
			t.Errorf("%d columns: %s", c.width, got)
		}
	}
}

func TestJSON(t *testing.T) {
	r, intervals := sample()
	var b bytes.Buffer
	for _, i := range intervals {
		if err := Line(&b, i, start); err != nil {
			t.Fatal(err)
		}
	}
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var types []string
	var second, last map[string]any
	for line := range strings.Lines(b.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		if types = append(types, m["type"].(string)); len(types) == 2 {
			second = m
		}
		last = m
	}
	if got := strings.Join(types, " "); got != "interval interval interval latency latency latency latency-all load-error limit load" {
		t.Error(got)
	}
	if second["from"] != 1.0 || second["to"] != 2.0 || second["p99"] != nil || second["waiting"] != 2.0 || len(second["commands"].([]any)) != 0 {
		t.Errorf("an interval without an answer: %v", second)
	}
	if last["cpu_user"] != 3e-5 || last["cpu_system"] != 5e-5 || last["cpu_us_per_command"] != 20.0 {
		t.Errorf("processor time: %v", last)
	}
	if strings.ContainsAny(b.String(), "\x1b\u202e") || !strings.Contains(b.String(), `"p99":800.`) {
		t.Error(b.String())
	}
}

// TestLogReadsBack with the reader of the format: tags, times and values.
func TestLogReadsBack(t *testing.T) {
	_, intervals := sample()
	var b bytes.Buffer
	l := NewLog(&b, start)
	for _, i := range intervals {
		l.Add(i)
	}
	if l.Err() != nil {
		t.Fatal(l.Err())
	}
	if head, _, _ := strings.Cut(b.String(), "Tag="); !strings.Contains(head, "#[StartTime: 1772366400.123 (seconds since epoch), 2026-03-01T12:00:00Z]\n#[BaseTime: 1772366400.123 ") {
		t.Errorf("%s", head)
	}
	if !strings.Contains(b.String(), "\nTag=FETCH,2.000,1.000,800.") { // the largest value, in milliseconds
		t.Errorf("%s", b.String())
	}
	r := hdrhistogram.NewHistogramLogReader(&b)
	var tags []string
	for {
		h, err := r.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		tags = append(tags, h.Tag())
		at := time.Duration(0)
		if len(tags) == 4 {
			at = 2 * time.Second
		}
		if d := h.StartTimeMs() - start.Add(at).UnixMilli(); d < -1 || d > 1 || h.EndTimeMs()-h.StartTimeMs() < 999 || h.EndTimeMs()-h.StartTimeMs() > 1001 {
			t.Errorf("%s: from %d to %d", h.Tag(), h.StartTimeMs(), h.EndTimeMs())
		}
		if h.Tag() == "FETCH" {
			for q, want := range map[float64]time.Duration{30: time.Millisecond, 60: 2 * time.Millisecond, 100: 800 * time.Millisecond} {
				if got := float64(h.ValueAtPercentile(q)); math.Abs(got/float64(want)-1) > 0.002 {
					t.Errorf("p%g is %g ns, want %s", q, got, want)
				}
			}
			if h.TotalCount() != 3 {
				t.Errorf("%d values", h.TotalCount())
			}
		}
	}
	if len(tags) != 4 || tags[0] != replay.Connecting || tags[1] != "FETCH" || strings.ContainsAny(tags[2], ", \x1b") || tags[3] != "FETCH" {
		t.Errorf("%q", tags)
	}
	failed := NewLog(writer(func([]byte) (int, error) { return 0, io.ErrShortWrite }), start)
	failed.Add(intervals[0])
	if !errors.Is(failed.Err(), io.ErrShortWrite) {
		t.Errorf("%v", failed.Err())
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// TestHistoryIsBounded: of a long load, several intervals are one point, with the sum of what
// they count and the worst of their latencies.
func TestHistoryIsBounded(t *testing.T) {
	var h History
	const n = 5*maxPoints + 7
	for i := range n {
		p := point{start: start.Add(time.Duration(i) * time.Second), end: start.Add(time.Duration(i+1) * time.Second), commands: 10, p99: time.Millisecond}
		if i == 4321 {
			p.p99 = time.Minute
		}
		h.add(p)
		if len(h.points) > maxPoints {
			t.Fatalf("%d points", len(h.points))
		}
	}
	sum, worst, to := int64(0), time.Duration(0), start
	for i := range h.points {
		p := &h.points[i]
		if !p.start.Equal(to) {
			t.Fatalf("point %d begins at %s, not %s", i, p.start, to)
		}
		sum, worst, to = sum+p.commands, max(worst, p.p99), p.end
		if r := p.answered(); r != 10 {
			t.Errorf("point %d: %g a second", i, r)
		}
	}
	if sum != 10*n || worst != time.Minute || h.each != 8 {
		t.Errorf("%d commands, worst %s, %d intervals in a point", sum, worst, h.each)
	}
}

func TestSparks(t *testing.T) {
	if got := sparks([]float64{0, 1, 50, 100, 400, 800}); got != " ▁▁▂▅█" {
		t.Errorf("%q", got)
	}
	if got := sparks([]float64{0, 0}); got != "  " {
		t.Errorf("%q", got)
	}
}

// TestLabelsOfAxesAreRoundAndFew: the labels of axes are round numbers, and few.
func TestLabelsOfAxesAreRoundAndFew(t *testing.T) {
	for _, c := range []struct {
		axis axis
		want string
	}{
		{axis{low: 0, high: 1450, set: true}, "0 500 1000"},
		{axis{low: 0, high: 6.1, set: true}, "0 2 4 6"},
		{axis{low: 0, high: 0, set: true}, "0 0.2 0.4 0.6 0.8 1"},
		{axis{low: 0, high: 90_000, set: true}, "0 20k 40k 60k 80k"},
		{axis{log: true, low: 0.07, high: 2100, set: true}, "0.01 0.1 1 10 100 1000 10k"},
		{axis{log: true, low: 10, high: 10, set: true}, "10 100"},
		{axis{log: true}, "1 10"},
		{axis{nines: true, low: 0, high: 3.3, set: true}, "0 90 99 99.9"},
	} {
		var got []string
		for _, x := range c.axis.ticks() {
			if at := c.axis.at(x.at); at < -1e-6 || at > 1+1e-6 {
				t.Errorf("%+v: %s is outside: %g", c.axis, x.text, at)
			}
			got = append(got, x.text)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%+v: %s, want %s", c.axis, s, c.want)
		}
	}
}

// TestDrawingFitsAndLeavesNothing: what is drawn fits in the terminal, replaces what was drawn, and leaves nothing.
func TestDrawingFitsAndLeavesNothing(t *testing.T) {
	_, intervals := sample()
	var b bytes.Buffer
	var mu sync.Mutex
	l := NewLive(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return b.Write(p)
	}), func() replay.Tally { return replay.Tally{Active: 3, Sessions: 12, Commands: 3456, Errors: 1} }, LiveOptions{Width: func() int { return 60 }, Color: true})
	for range 45 {
		for _, i := range intervals {
			l.Add(i)
		}
	}
	l.Ending()
	l.Close()
	l.Ending() // has come too late
	l.bold.DisableColor()
	l.bad.DisableColor()
	l.rate.DisableColor()
	l.slow.DisableColor()
	for width := 1; width < 140; width++ {
		for _, line := range l.lines(width) {
			if view.Width(line) > width {
				t.Errorf("%d columns: %q", width, line)
			}
		}
	}
	lines := strings.Join(l.lines(79), "\n")
	for _, want := range []string{`^\d+ s: 3 sessions of 12 in flight, 3456 commands, 0 waiting, 1 error\n`, `commands/s +[▁▂▃▄▅▆▇█ ]{50,} 2`, `p99 ms +[▁▂▃▄▅▆▇█ ]{20,} 800\.\d+  p50 2\.00  max 800`, `Ctrl-C again`} {
		if !regexp.MustCompile(want).MatchString(lines) {
			t.Errorf("there is no %s in\n%s", want, lines)
		}
	}
	out := b.String()
	if strings.Count(out, "\x1b[J") < 2 || !strings.HasSuffix(out, "\r\x1b[4A\x1b[J") || !strings.Contains(out, "\x1b[31m1 error") {
		t.Errorf("%q", out)
	}
}

// TestPageNeedsNothingFromElsewhere: it needs no script and nothing from elsewhere, and shows all of what was measured.
func TestPageNeedsNothingFromElsewhere(t *testing.T) {
	r, intervals := sample()
	page := pageOf(t, r, intervals)
	for _, want := range []string{
		"<h1>Load test</h1>", "default-src &#39;none&#39;; style-src &#39;sha256-", "Throughput, in commands/s", "Latency by percentile", ">p99.9<", "<td class=\"bad\">2</td>",
		"[31m&lt;script&gt;", "prefers-color-scheme:dark", "class=\"curve k2\"", "In flight",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, not := range []string{"<script", "\x1b", "\u202e", "NaN", "Inf", "http://", "https://", " style="} {
		if strings.Contains(page, not) {
			t.Errorf("there is %s", not)
		}
	}
	empty := pageOf(t, &replay.Report{Start: start, Late: histogram(), All: latencies("", time.Hour)}, nil)
	if strings.Contains(empty, "<figure>") || !strings.Contains(empty, "0 sessions") {
		t.Error("a load without anything has plots")
	}
	silent := pageOf(t, &replay.Report{Start: start, Late: histogram(), All: latencies("", time.Hour)}, intervals[1:2])
	if strings.Contains(silent, "NaN") || strings.Contains(silent, "Inf") || !strings.Contains(silent, "Throughput") {
		t.Errorf("an interval without an answer has no plot, or a wrong one:\n%s", silent)
	}
}

// TestPageHasFewCurves: of many commands, those that are most frequent have a curve, and all have
// a line in the table.
func TestPageHasFewCurves(t *testing.T) {
	r, _ := sample()
	for i := range 30 {
		r.Commands = append(r.Commands, latencies(fmt.Sprintf("X%d", i), time.Millisecond))
	}
	page := pageOf(t, r, nil)
	if n := strings.Count(page, `<path class="curve k`); n != 2*maxCurves { // in the plot, and in its legend
		t.Errorf("%d curves", n)
	}
	if !strings.Contains(page, "The 8 most frequent of 33 commands.") || strings.Count(page, `<th scope="row">X`) < 30 {
		t.Error("commands are missing")
	}
}

func pageOf(t *testing.T, r *replay.Report, intervals []*replay.Interval) string {
	t.Helper()
	var h History
	for _, i := range intervals {
		h.Add(i)
	}
	var b bytes.Buffer
	if err := Page(&b, r, &h, PageOptions{Source: view.Inert("a<b>.pcap → 127.0.0.1:143"), Made: "a test"}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPageInTheBrowser: it is as wide as the window, narrow or not, and no rule refuses it.
func TestPageInTheBrowser(t *testing.T) {
	r, intervals := sample()
	file := filepath.Join(t.TempDir(), "load.html")
	if err := os.WriteFile(file, []byte(pageOf(t, r, intervals)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		width int64
		color string
		ink   string
	}{{360, "light", "rgb(31, 35, 40)"}, {1280, "dark", "rgb(230, 237, 243)"}} {
		t.Run(fmt.Sprint(c.width, c.color), func(t *testing.T) {
			tab := browsertest.Open(t, "file://"+file, "file://", browsertest.Options{Width: c.width, Height: 800, Color: c.color, NoScript: true})
			tab.Wants(`document.documentElement.scrollWidth <= innerWidth ? "fits" : "too wide"`, "fits")
			tab.Wants(`getComputedStyle(document.body).color`, c.ink)
			tab.Wants(`String(document.querySelectorAll("figure > svg").length)`, "4")
			tab.Wants(`getComputedStyle(document.querySelector(".curve.k0")).strokeWidth`, "1.8px")
		})
	}
}

// TestPageOfALoadThatPlayedNothing: there was no time for a session.
func TestPageOfALoadThatPlayedNothing(t *testing.T) {
	var h History
	stop := make(chan struct{})
	close(stop)
	l := replay.Load{Player: &replay.Player{}, Stop: stop, OnInterval: h.Add}
	r := l.Run(t.Context())
	var b bytes.Buffer
	if err := Page(&b, r, &h, PageOptions{}); err != nil {
		t.Fatal(err)
	}
	if !r.Interrupted || !strings.Contains(b.String(), "0 sessions, 0 commands, 0 errors") || strings.Contains(b.String(), "NaN") {
		t.Error(b.String())
	}
}
