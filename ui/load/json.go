package load

import (
	"encoding/json"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// figures are the latencies of one command as JSON, in milliseconds; null if there is none.
type figures struct {
	Command    string   `json:"command,omitempty"`
	Count      int64    `json:"count"`
	Errors     int64    `json:"errors"`
	Unanswered int64    `json:"unanswered"`
	P50        *float64 `json:"p50"`
	P90        *float64 `json:"p90"`
	P99        *float64 `json:"p99"`
	P999       *float64 `json:"p999"`
	Max        *float64 `json:"max"`
	SentP50    *float64 `json:"sent_p50"`
	SentP99    *float64 `json:"sent_p99"`
	SentP999   *float64 `json:"sent_p999"`
	SentMax    *float64 `json:"sent_max"`
}

// JSONMillisAt returns a quantile in milliseconds; nil if nothing was measured.
func JSONMillisAt(h *hdrhistogram.Histogram, q float64) *float64 {
	if h.TotalCount() == 0 {
		return nil
	}
	v := float64(replay.Quantile(h, q)/time.Microsecond) / 1000
	return &v
}

func figuresOf(c *replay.Latencies) figures {
	return figures{
		view.Inert(c.Command), c.Now.TotalCount(), c.Errors, c.Unanswered,
		JSONMillisAt(c.Now, 50), JSONMillisAt(c.Now, 90), JSONMillisAt(c.Now, 99), JSONMillisAt(c.Now, 99.9), JSONMillisAt(c.Now, 100),
		JSONMillisAt(c.Sent, 50), JSONMillisAt(c.Sent, 99), JSONMillisAt(c.Sent, 99.9), JSONMillisAt(c.Sent, 100),
	}
}

// Line writes a line for an interval of a load, as JSON.
func Line(w io.Writer, i *replay.Interval, start time.Time) error {
	type line struct {
		Type     string  `json:"type"`
		From     float64 `json:"from"`
		To       float64 `json:"to"`
		Active   int64   `json:"active"`
		Waiting  int64   `json:"waiting"`
		Sessions int64   `json:"sessions"`
		figures
		Commands []figures `json:"commands"`
	}
	seconds := func(t time.Time) float64 { return float64(t.Sub(start).Milliseconds()) / 1000 }
	l := line{"interval", seconds(i.Start), seconds(i.End), i.Active, i.Waiting, i.Sessions, figuresOf(i.All), []figures{}}
	l.Errors = pointOf(i).errors
	for _, c := range i.Commands {
		l.Commands = append(l.Commands, figuresOf(c))
	}
	return json.NewEncoder(w).Encode(l)
}

// JSON writes a line for each command and one for all of them, for each kind of error, for each
// limit that was not kept, and for the totals.
func JSON(w io.Writer, r *replay.Report) error {
	enc := json.NewEncoder(w)
	type latency struct {
		Type string `json:"type"`
		figures
		RecordedP50 *float64 `json:"recorded_p50"`
		RecordedP99 *float64 `json:"recorded_p99"`
	}
	for _, c := range r.Commands {
		if err := enc.Encode(latency{"latency", figuresOf(c), JSONMillisAt(c.Recorded, 50), JSONMillisAt(c.Recorded, 99)}); err != nil {
			return err
		}
	}
	if err := enc.Encode(latency{"latency-all", figuresOf(r.All), JSONMillisAt(r.All.Recorded, 50), JSONMillisAt(r.All.Recorded, 99)}); err != nil {
		return err
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
	for _, l := range r.Broken {
		if err := enc.Encode(struct {
			Type string `json:"type"`
			Text string `json:"text"`
		}{"limit", view.Inert(l)}); err != nil {
			return err
		}
	}
	return totals(enc, r)
}

// totals writes the last line.
func totals(enc *json.Encoder, r *replay.Report) error {
	var user, system, each *float64
	if cpu := r.User + r.System; cpu > 0 {
		user, system = new(r.User.Seconds()), new(r.System.Seconds())
		if r.Tally.Commands > 0 {
			each = new(perCommand(cpu, r))
		}
	}
	return enc.Encode(struct {
		Type        string   `json:"type"`
		Sessions    int64    `json:"sessions"`
		Commands    int64    `json:"commands"`
		Errors      int64    `json:"errors"`
		Seconds     float64  `json:"seconds"`
		User        *float64 `json:"cpu_user"`
		System      *float64 `json:"cpu_system"`
		PerCommand  *float64 `json:"cpu_us_per_command"`
		Rate        float64  `json:"rate"`
		CommandRate float64  `json:"command_rate"`
		LateP50     *float64 `json:"late_p50"`
		LateP99     *float64 `json:"late_p99"`
		Stopped     bool     `json:"stopped"`
		Interrupted bool     `json:"interrupted"`
		BegunLate   int64    `json:"begun_late"`
		Early       int64    `json:"ended_early"`
		Skipped     int64    `json:"skipped"`
	}{
		"load", r.Sessions, r.Tally.Commands, r.Errors, r.Elapsed.Seconds(), user, system, each, r.Rate, r.CommandRate,
		JSONMillisAt(r.Late, 50), JSONMillisAt(r.Late, 99), r.Stopped, r.Interrupted, r.NotBegun, r.Early, r.Skipped,
	})
}
