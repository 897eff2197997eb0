package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/spf13/pflag"

	"imapscope/decode/script"
	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// load are the flags of a replay that is a load.
type load struct {
	clients   int
	repeat    int
	duration  time.Duration
	rate      float64
	users     string
	maxErrors int
	hdr       string
}

func (o *load) flags(f *pflag.FlagSet) {
	f.IntVar(&o.clients, "clients", 0, "play so many sessions at a time, those of the recording in turn")
	f.IntVar(&o.repeat, "repeat", 0, "each client plays so many sessions")
	f.DurationVar(&o.duration, "duration", 0, "begin sessions for so long")
	f.Float64Var(&o.rate, "rate", 0, "begin so many sessions a second, whatever the server does (open loop)")
	f.StringVar(&o.users, "users", "", "the clients' users and passwords, a CSV `file`: user,password")
	f.IntVar(&o.maxErrors, "max-errors", 0, "stop when there were more errors (0: never)")
	f.StringVar(&o.hdr, "hdr", "", "write the latencies to this `file`, an HDR histogram log with a tag for each command")
}

func (o *load) isLoad() bool {
	return o.clients > 0 || o.repeat > 0 || o.duration > 0 || o.rate > 0 || o.users != ""
}

func (o *load) hasUsers() bool { return o.users != "" }

func (o *load) run(ctx context.Context, e *env, s *script.Script, p *replay.Player, c *comparing) (err error) {
	if o.rate < 0 || o.clients < 0 || o.repeat < 0 || o.duration < 0 {
		return usage("replay: --clients, --repeat, --duration and --rate are not negative")
	}
	if c.format == "junit" || len(c.strict) > 0 {
		return usage("replay: a load compares statuses alone: --format text, jsonl or none, without --strict")
	}
	l := &replay.Load{Player: p, Clients: o.clients, Repeat: o.repeat, Duration: o.duration, Rate: o.rate, MaxErrors: o.maxErrors}
	p.Light = true
	for _, x := range s.Sessions {
		if x.LeftOut == "" && (!x.Conn.MidStream || p.Login) {
			l.Sessions = append(l.Sessions, x)
			p.Light = p.Light && !x.HasUIDs()
		}
	}
	if len(l.Sessions) == 0 {
		return usage("replay: no session of the recording can be played")
	}
	if l.Users, err = readUsers(o.users); err != nil {
		return err
	}
	var hdr *os.File
	if o.hdr != "" {
		if hdr, err = os.Create(o.hdr); err != nil {
			return err
		}
		defer func() {
			if closed := hdr.Close(); closed != nil {
				err = closed
			}
		}()
	}
	done := progress(e, l)
	r := l.Run(ctx)
	done()
	w := bufio.NewWriter(e.out)
	switch c.format {
	case "text":
		writeLoad(w, r)
	case "jsonl":
		err = writeLoadJSON(w, r)
	}
	err = errors.Join(err, w.Flush())
	if hdr != nil {
		err = errors.Join(err, writeHDR(hdr, r))
	}
	if err == nil && r.Errors > 0 {
		return errFindings
	}
	return err
}

// readUsers reads user,password lines.
func readUsers(file string) ([]replay.Bindings, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("--users: %w", err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.FieldsPerRecord = 2
	in.Comment = '#'
	var out []replay.Bindings
	for {
		rec, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("--users %s: %w; a line is user,password", file, err)
		}
		out = append(out, replay.Bindings{User: rec[0], Password: rec[1]})
	}
	if len(out) == 0 {
		return nil, usage("--users %s: no line in it; a line is user,password", file)
	}
	return out, nil
}

// progress shows on stderr, if that is a terminal, how far a load is.
func progress(e *env, l *replay.Load) (done func()) {
	if _, ok := fd(e.err); !ok {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		var before int64
		for from := time.Now(); ; {
			select {
			case <-stop:
				fmt.Fprint(e.err, "\r\x1b[K")
				return
			case <-tick.C:
				t := l.Tally()
				fmt.Fprintf(e.err, "\r\x1b[K%4.0f s  %d clients, %d sessions, %d commands (%d/s), %d errors",
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

// quantiles are those of the table.
var quantiles = []float64{50, 90, 99, 100}

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

// writeLoad is the closing table.
func writeLoad(w io.Writer, r *replay.Report) {
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
		for _, q := range quantiles {
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
		fmt.Fprintln(w, "stopped: there were more errors than --max-errors")
	}
}

// writeLoadJSON is a line for each command, and one for the sums.
func writeLoadJSON(w io.Writer, r *replay.Report) error {
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

// writeHDR writes an HDR histogram log: microseconds, the command as tag.
func writeHDR(f io.Writer, r *replay.Report) error {
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
