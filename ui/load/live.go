package load

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fatih/color"

	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// Live shows a load in a terminal while it runs, in a few lines that it writes over and over.
type Live struct {
	w     io.Writer
	width func() int
	tally func() replay.Tally
	start time.Time
	stop  chan struct{}
	done  chan struct{}

	mu     sync.Mutex
	recent []point // the latest, at most maxSparks
	ending bool
	closed bool
	drawn  int // lines on the screen

	bold, bad, rate, slow *color.Color
}

// LiveOptions configure a Live.
type LiveOptions struct {
	Width func() int // columns of the terminal; 0 if not known
	Color bool
}

// Bounds of a plot, in columns.
const (
	maxSparks    = 120
	minSparks    = 8
	defaultWidth = 80
)

// NewLive begins to show a load in a terminal. Close ends it.
func NewLive(w io.Writer, tally func() replay.Tally, o LiveOptions) *Live {
	pen := func(a color.Attribute) *color.Color {
		c := color.New(a)
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	l := &Live{
		w: w, width: o.Width, tally: tally, start: time.Now(), stop: make(chan struct{}), done: make(chan struct{}),
		bold: pen(color.Bold), bad: pen(color.FgRed), rate: pen(color.FgGreen), slow: pen(color.FgYellow),
	}
	go l.run()
	return l
}

// run draws every second.
func (l *Live) run() {
	defer close(l.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.mu.Lock()
			l.draw()
			l.mu.Unlock()
		case <-l.stop:
			return
		}
	}
}

// Add adds an interval to the plots.
func (l *Live) Add(i *replay.Interval) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.recent) == maxSparks {
		l.recent = slices.Delete(l.recent, 0, 1)
	}
	l.recent = append(l.recent, pointOf(i))
}

// Ending shows that no more sessions begin.
func (l *Live) Ending() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ending = true; !l.closed {
		l.draw()
	}
}

// Close removes what is shown.
func (l *Live) Close() {
	close(l.stop)
	<-l.done
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	l.closed = true
}

// erase clears the lines that are shown. The lock must be held.
func (l *Live) erase() {
	if l.drawn > 0 {
		fmt.Fprintf(l.w, "\r\x1b[%dA\x1b[J", l.drawn)
	}
	l.drawn = 0
}

// draw shows the present figures. The lock must be held.
func (l *Live) draw() {
	width := l.width()
	if width <= 0 {
		width = defaultWidth
	}
	lines := l.lines(width - 1) // a full line would wrap
	var b strings.Builder
	if l.drawn > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", l.drawn)
	}
	for _, line := range lines {
		b.WriteString("\r\x1b[K" + line + "\n")
	}
	b.WriteString("\x1b[J")
	l.drawn = len(lines)
	_, _ = io.WriteString(l.w, b.String()) // a terminal that is gone shows nothing
}

// Ending is the line that is shown after Ctrl-C.
const Ending = "ending: sessions in flight may finish; Ctrl-C again cuts them short"

// lines returns what is shown, in at most so many columns.
func (l *Live) lines(width int) []string {
	t := l.tally()
	errors := view.Count(int(t.Errors), "error")
	head := fmt.Sprintf("%.0f s: %s of %d in flight, %s, %d waiting, ",
		time.Since(l.start).Seconds(), view.Count(int(t.Active), "session"), t.Sessions, view.Count(int(t.Commands), "command"), t.Waiting)
	// What does not fit is cut before it is colored.
	head = view.Fit(head, max(width-view.Width(errors), 0), "")
	errors = view.Fit(errors, width-view.Width(head), "")
	if t.Errors > 0 {
		errors = l.bad.Sprint(errors)
	}
	lines := []string{head + errors}
	if n := len(l.recent); n > 0 {
		rates, slow := make([]float64, n), make([]float64, n)
		for i := range l.recent {
			rates[i], slow[i] = l.recent[i].answered(), float64(l.recent[i].p99)
		}
		last := &l.recent[n-1]
		lines = append(lines,
			l.plot(width, "commands/s", rates, fmt.Sprintf("%.0f", rates[n-1]), "", l.rate),
			l.plot(width, "p99 ms", slow, inMillis(last, last.p99), "  p50 "+inMillis(last, last.p50)+"  max "+inMillis(last, last.most), l.slow))
	}
	if l.ending {
		lines = append(lines, l.bold.Sprint(view.Fit(Ending, width, "")))
	}
	return lines
}

// inMillis returns a latency of a point; "–" if it has none.
func inMillis(p *point, d time.Duration) string {
	if p.commands == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond))
}

// plot returns a line with a name, a plot of the latest values, and the last one of them.
func (l *Live) plot(width int, name string, values []float64, last, more string, pen *color.Color) string {
	text := fmt.Sprintf("%-10s ", name)
	tail := " " + last
	if room := width - view.Width(text) - view.Width(tail) - view.Width(more); room >= minSparks {
		values = values[max(len(values)-room, 0):]
		return text + pen.Sprint(sparks(values)) + l.bold.Sprint(tail) + more
	}
	return view.Fit(text+tail+more, width, "")
}

// sparks draws values, none of them negative, as bars in a line: the largest is full.
func sparks(values []float64) string {
	const bars = "▁▂▃▄▅▆▇█"
	each := []rune(bars)
	most := slices.Max(values)
	var b strings.Builder
	for _, v := range values {
		switch {
		case v <= 0:
			b.WriteByte(' ')
		default:
			b.WriteRune(each[min(int(v/most*float64(len(each))), len(each)-1)])
		}
	}
	return b.String()
}
