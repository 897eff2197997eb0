package load

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// MillisAt returns a percentile of a histogram of microseconds, in milliseconds.
func MillisAt(h *hdrhistogram.Histogram, q float64) string {
	if h.TotalCount() == 0 {
		return "–"
	}
	v := h.ValueAtPercentile(q)
	if q == 100 {
		v = h.Max()
	}
	return fmt.Sprintf("%.2f", float64(v)/1000)
}

// Table writes the final table of a load: the errors, a line for each command, and the
// totals. Width is the number of columns of the terminal; 0 if it is not known.
func Table(to io.Writer, r *replay.Report, width int) error {
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
	all := fitting(r, width)
	tableHead(w, all)
	for _, c := range r.Commands {
		tableLine(w, view.Inert(c.Command), c, all)
	}
	if len(r.Commands) > 2 {
		tableLine(w, allCommands, r.All, all)
	}
	fmt.Fprintln(w)
	for _, l := range summary(r) {
		fmt.Fprintln(w, l)
	}
	return w.Flush()
}

// allCommands is the name of the line about all commands.
const allCommands = "all commands"

// A column is one of the table's.
type column struct {
	group string // of the columns from this one on; empty if it is that of the one before
	name  string
	width int // with the space before it
	of    func(*replay.Latencies) string
	spare int // the columns with 1 are left out first if there is no room; 0: never
}

// columns returns all columns.
func columns() []column {
	count := func(of func(*replay.Latencies) int64) func(*replay.Latencies) string {
		return func(l *replay.Latencies) string { return strconv.FormatInt(of(l), 10) }
	}
	now := func(q float64) func(*replay.Latencies) string {
		return func(l *replay.Latencies) string { return MillisAt(l.Now, q) }
	}
	sent := func(q float64) func(*replay.Latencies) string {
		return func(l *replay.Latencies) string { return MillisAt(l.Sent, q) }
	}
	recorded := func(q float64) func(*replay.Latencies) string {
		return func(l *replay.Latencies) string { return MillisAt(l.Recorded, q) }
	}
	return []column{
		{"", "count", 9, count(func(l *replay.Latencies) int64 { return l.Now.TotalCount() }), 0},
		{"", "errors", 8, count(func(l *replay.Latencies) int64 { return l.Errors }), 4},
		{"", "no resp", 8, count(func(l *replay.Latencies) int64 { return l.Unanswered }), 3},
		{"when due", "p50 ms", 9, now(50), 0}, {"", "p90", 8, now(90), 2}, {"", "p99", 8, now(99), 0}, {"", "p99.9", 8, now(99.9), 0}, {"", "max", 8, now(100), 0},
		{"sent", "p50 ms", 9, sent(50), 0}, {"", "p99", 8, sent(99), 0},
		{"recorded", "p50 ms", 10, recorded(50), 1}, {"", "p99", 8, recorded(99), 1},
	}
}

// fitting returns the columns for a terminal, all of them if width is 0. Where there is not
// enough room, those that say least are left out: errors and missing responses only if there
// are none.
func fitting(r *replay.Report, width int) []column {
	list := columns()
	for spare := 1; spare <= 4 && width > 0 && tableWidth(list) > width; spare++ {
		failed, missing := r.Errors > 0, r.All.Unanswered > 0
		for _, c := range r.Commands {
			failed, missing = failed || c.Errors > 0, missing || c.Unanswered > 0
		}
		if spare == 3 && missing || spare == 4 && failed {
			continue
		}
		list = slices.DeleteFunc(list, func(c column) bool { return c.spare == spare })
	}
	return list
}

// nameWidth is the width of the names of commands.
const nameWidth = len(allCommands)

func tableWidth(list []column) int {
	n := nameWidth
	for _, c := range list {
		n += c.width
	}
	return n
}

func tableHead(w io.Writer, all []column) {
	groups, names := strings.Repeat(" ", nameWidth), fmt.Sprintf("%-*s", nameWidth, "command")
	for _, c := range all {
		groups += fmt.Sprintf("%*s", c.width, c.group)
		names += fmt.Sprintf("%*s", c.width, c.name)
	}
	fmt.Fprintln(w, strings.TrimRight(groups, " "))
	fmt.Fprintln(w, names)
}

func tableLine(w io.Writer, name string, l *replay.Latencies, all []column) {
	fmt.Fprintf(w, "%-*s", nameWidth, name)
	for _, c := range all {
		fmt.Fprintf(w, "%*s", c.width, c.of(l))
	}
	fmt.Fprintln(w)
}

// summary returns the totals of a load, and what else there is to say of it, as lines.
func summary(r *replay.Report) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	seconds := max(r.Elapsed, time.Microsecond).Seconds()
	add("%s, %s, %s in %.1f s: %.0f commands/s, %.0f sessions/s; sent late by %s ms (p50), %s (p99)",
		view.Count(int(r.Sessions), "session"), view.Count(int(r.Tally.Commands), "command"), view.Count(int(r.Errors), "error"), seconds,
		float64(r.Tally.Commands)/seconds, float64(r.Sessions)/seconds, MillisAt(r.Late, 50), MillisAt(r.Late, 99))
	if cpu := r.User + r.System; cpu > 0 && r.Tally.Commands > 0 {
		add("this process took %s µs of processor time per command (user %s, system %s), %.2f of a processor",
			micros(cpu, r), micros(r.User, r), micros(r.System, r), cpu.Seconds()/seconds)
	}
	if behind := replay.Quantile(r.Late, 90); r.CommandRate > 0 && behind > muchLate {
		add("the clients could not send %g commands/s: a tenth of them were sent %s late or later, because the server was too slow, or --clients too few", r.CommandRate, behind.Round(time.Millisecond))
	}
	if r.NotBegun > 0 {
		add("%s began late: all clients were busy", view.Count(int(r.NotBegun), "session"))
	}
	if r.Skipped > 0 {
		add("%s not sent, because the session had failed", view.Count(int(r.Skipped), "command"))
	}
	switch {
	case r.Stopped:
		add("stopped: there were too many errors; %s cut short", view.Count(int(r.Early), "session"))
	case r.Interrupted && r.Early == 0:
		add("ended early: the sessions in flight were finished")
	case r.Early > 0:
		add("ended early: %s cut short", view.Count(int(r.Early), "session"))
	}
	for _, l := range r.Broken {
		add("limit: %s", view.Inert(l))
	}
	return lines
}

// perCommand returns a part of a time, in microseconds, for each command of a load, which has some.
func perCommand(d time.Duration, r *replay.Report) float64 {
	return float64(d) / float64(time.Microsecond) / float64(r.Tally.Commands)
}

func micros(d time.Duration, r *replay.Report) string { return fmt.Sprintf("%.1f", perCommand(d, r)) }

// muchLate is how late a tenth of the commands must have been sent for the load to be called behind
// its rate.
const muchLate = 10 * time.Millisecond
