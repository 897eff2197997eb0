package replay

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Gates are limits that a run must keep.
type Gates struct {
	Limits  []Limit
	Slower  float64 // the median of no command may be more times the recorded one; 0: no limit
	Answers int64   // at least so many commands must be answered
}

// Any reports whether there is a limit.
func (g *Gates) Any() bool { return len(g.Limits) > 0 || g.Slower > 0 || g.Answers > 0 }

// Limit bounds the latency of a command, or of each one if Command is "*".
type Limit struct {
	Command  string
	Quantile float64 // in percent; 100 is the maximum
	Most     time.Duration
	text     string
}

// ParseLimit parses a limit in the form "FETCH p99 200ms". The command may be "*", each one, or
// "(connect)"; the quantile is p and a number, or max.
func ParseLimit(s string) (Limit, error) {
	words := strings.Fields(s)
	if len(words) < 3 {
		return Limit{}, fmt.Errorf("%q: write a command, a quantile and a time, such as \"FETCH p99 200ms\"", s)
	}
	n := len(words)
	l := Limit{Command: strings.ToUpper(strings.Join(words[:n-2], " ")), text: strings.Join(words, " ")}
	if strings.EqualFold(l.Command, Connecting) {
		l.Command = Connecting
	}
	switch q, isP := strings.CutPrefix(strings.ToLower(words[n-2]), "p"); {
	case strings.EqualFold(words[n-2], "max"):
		l.Quantile = 100
	case isP:
		f, err := strconv.ParseFloat(q, 64)
		if err != nil || !(f > 0 && f <= 100) {
			return l, fmt.Errorf("%q: the quantile %s is not one of p1 to p100", s, words[n-2])
		}
		l.Quantile = f
	default:
		return l, fmt.Errorf("%q: the quantile %s is not of the form p99 or max", s, words[n-2])
	}
	d, err := time.ParseDuration(words[n-1])
	if err != nil || d <= 0 {
		return l, fmt.Errorf("%q: %s is not a time such as 200ms", s, words[n-1])
	}
	l.Most = d
	return l, nil
}

// Factor parses a factor in the form "2x".
func Factor(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !(f > 0 && f <= 1e6) {
		return 0, fmt.Errorf("%q is not a factor such as 2x", s)
	}
	return f, nil
}

// slack is what a median may be above the recorded one without being slower: clocks and
// schedulers are no better.
const slack = time.Millisecond

// Broken returns a line for each limit that a run did not keep.
func (g *Gates) Broken(r *Report) (lines []string) {
	var answered int64
	for _, c := range r.Commands {
		n := c.Now.TotalCount()
		if c.Command != Connecting {
			answered += n - c.Unanswered
		}
		if now, then := quantile(c.Sent, 50), quantile(c.Recorded, 50); g.Slower > 0 && n > 0 && c.Recorded.TotalCount() > 0 {
			if most := max(time.Duration(float64(then)*g.Slower), then+slack); now > most {
				lines = append(lines, fmt.Sprintf("%s: the median is %s, recorded %s, more than %gx", c.Command, now, then, g.Slower))
			}
		}
	}
	if answered < g.Answers {
		lines = append(lines, fmt.Sprintf("%d commands were answered, fewer than %d", answered, g.Answers))
	}
	for _, l := range g.Limits {
		lines = append(lines, l.broken(r)...)
	}
	return lines
}

func (l *Limit) broken(r *Report) (lines []string) {
	found := false
	for _, c := range r.Commands {
		if l.Command != c.Command && (l.Command != "*" || c.Command == Connecting) || c.Now.TotalCount() == 0 {
			continue
		}
		found = true
		if d := quantile(c.Now, l.Quantile); d > l.Most {
			lines = append(lines, fmt.Sprintf("%s: %s, not %s", c.Command, d, l.text))
		}
	}
	if !found {
		lines = append(lines, fmt.Sprintf("%s: no such command was sent", l.text))
	}
	return lines
}

func quantile(h *hdrhistogram.Histogram, q float64) time.Duration {
	v := h.Max()
	if q < 100 {
		v = h.ValueAtPercentile(q)
	}
	return time.Duration(v) * time.Microsecond
}

// Measure returns what a replay measured, as a load reports it.
func Measure(list []*Played) *Report {
	c := newCollecting(new(tally))
	for _, x := range list {
		c.tally.sessions.Add(1)
		c.add(x, x.begun, false)
	}
	c.rotate(nil)
	c.report.Tally = c.tally.counts()
	return &c.report
}
