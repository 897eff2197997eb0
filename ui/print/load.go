package print

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// LoadProgress writes the progress of a load to a terminal every second. Calling done
// clears the line.
func LoadProgress(w io.Writer, l *replay.Load) (done func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		var before int64
		for from := time.Now(); ; {
			select {
			case <-stop:
				fmt.Fprint(w, "\r\x1b[K")
				return
			case <-tick.C:
				t := l.Tally()
				fmt.Fprintf(w, "\r\x1b[K%4.0f s  %d clients, %d sessions, %d commands (%d/s), %d errors",
					time.Since(from).Seconds(), t.Active, t.Sessions, t.Commands, t.Commands-before, t.Errors)
				before = t.Commands
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}

// millisAt returns a percentile of a histogram of microseconds, in milliseconds.
func millisAt(h *hdrhistogram.Histogram, q float64) string {
	if h.TotalCount() == 0 {
		return "–"
	}
	v := h.ValueAtPercentile(q)
	if q == 100 {
		v = h.Max()
	}
	return fmt.Sprintf("%.2f", float64(v)/1000)
}

// Load writes the final table of a load: the errors, a line for each command, and the
// totals.
func Load(to io.Writer, r *replay.Report) error {
	w := bufio.NewWriter(to)
	more := r.Errors
	for _, f := range r.Failures {
		fmt.Fprintf(w, "%d times: %s\n", f.Count, view.Inert(f.Text))
		more -= f.Count
	}
	if more > 0 {
		fmt.Fprintf(w, "… and %d more errors\n", more)
	}
	if r.Errors > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%-14s %9s %7s  %8s %8s %8s %8s   %8s %8s\n", "", "", "", "now", "", "", "", "recorded", "")
	fmt.Fprintf(w, "%-14s %9s %7s  %8s %8s %8s %8s   %8s %8s\n", "command", "count", "errors", "p50 ms", "p90", "p99", "max", "p50 ms", "p99")
	for _, c := range r.Commands {
		fmt.Fprintf(w, "%-14s %9d %7d ", view.Inert(c.Command), c.Now.TotalCount(), c.Errors)
		for _, q := range [...]float64{50, 90, 99, 100} {
			fmt.Fprintf(w, " %8s", millisAt(c.Now, q))
		}
		fmt.Fprintf(w, "   %8s %8s\n", millisAt(c.Recorded, 50), millisAt(c.Recorded, 99))
	}
	seconds := r.Elapsed.Seconds()
	fmt.Fprintf(w, "\n%s, %s, %s in %.1f s: %.0f commands/s, %.0f sessions/s; sent late by %s ms (p50), %s (p99)\n",
		view.Count(int(r.Sessions), "session"), view.Count(int(r.Tally.Commands), "command"), view.Count(int(r.Errors), "error"), seconds,
		float64(r.Tally.Commands)/seconds, float64(r.Sessions)/seconds, millisAt(r.Late, 50), millisAt(r.Late, 99))
	if r.NotBegun > 0 {
		fmt.Fprintf(w, "%s began late: all clients were busy\n", view.Count(int(r.NotBegun), "session"))
	}
	if r.Stopped {
		fmt.Fprintln(w, "stopped: there were too many errors")
	}
	return w.Flush()
}

// LoadJSON writes a line for each command, for each kind of error, and for the totals.
func LoadJSON(w io.Writer, r *replay.Report) error {
	enc := json.NewEncoder(w)
	ms := func(h *hdrhistogram.Histogram, q float64) *float64 {
		if h.TotalCount() == 0 {
			return nil
		}
		v := float64(h.ValueAtPercentile(q)) / 1000
		return &v
	}
	type line struct {
		Type        string   `json:"type"`
		Command     string   `json:"command"`
		Count       int64    `json:"count"`
		Errors      int64    `json:"errors"`
		P50         *float64 `json:"p50"`
		P90         *float64 `json:"p90"`
		P99         *float64 `json:"p99"`
		Max         *float64 `json:"max"`
		RecordedP50 *float64 `json:"recorded_p50"`
		RecordedP99 *float64 `json:"recorded_p99"`
	}
	for _, c := range r.Commands {
		if err := enc.Encode(line{"latency", view.Inert(c.Command), c.Now.TotalCount(), c.Errors, ms(c.Now, 50), ms(c.Now, 90), ms(c.Now, 99), ms(c.Now, 100), ms(c.Recorded, 50), ms(c.Recorded, 99)}); err != nil {
			return err
		}
	}
	for _, f := range r.Failures {
		if err := enc.Encode(struct {
			Type  string `json:"type"`
			Text  string `json:"text"`
			Count int64  `json:"count"`
		}{"load-error", view.Inert(f.Text), f.Count}); err != nil {
			return err
		}
	}
	return enc.Encode(struct {
		Type     string   `json:"type"`
		Sessions int64    `json:"sessions"`
		Commands int64    `json:"commands"`
		Errors   int64    `json:"errors"`
		Seconds  float64  `json:"seconds"`
		LateP50  *float64 `json:"late_p50"`
		LateP99  *float64 `json:"late_p99"`
		Stopped  bool     `json:"stopped"`
	}{"load", r.Sessions, r.Tally.Commands, r.Errors, r.Elapsed.Seconds(), ms(r.Late, 50), ms(r.Late, 99), r.Stopped})
}

// LoadHistograms writes an HDR histogram log in microseconds, with the command as tag.
func LoadHistograms(f io.Writer, r *replay.Report) error {
	w := hdrhistogram.NewHistogramLogWriter(f)
	from, to := r.Start.UnixMilli(), r.Start.Add(r.Elapsed).UnixMilli()
	err := errors.Join(w.OutputLogFormatVersion(), w.OutputComment("[imapscope replay, microseconds]"), w.OutputStartTime(from), w.OutputLegend())
	for _, c := range r.Commands {
		c.Now.SetTag(strings.Map(func(r rune) rune {
			if r == ' ' || r == ',' || r < ' ' {
				return '_'
			}
			return r
		}, view.Inert(c.Command)))
		c.Now.SetStartTimeMs(from)
		c.Now.SetEndTimeMs(to)
		err = errors.Join(err, w.OutputIntervalHistogram(c.Now))
	}
	return err
}
