package load

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/proxy/replay"
	"imapscope/ui/view"
)

// Log writes an HDR histogram log: a line for each command in each interval, with the command as
// tag. As the tools that read such logs expect, values are in nanoseconds, the largest of a line
// is shown in milliseconds, and times are relative to the start.
type Log struct {
	w      io.Writer
	start  time.Time
	values *hdrhistogram.Histogram
	err    error
}

// logVersion is the version of the format of a log; its histograms are in the format V2.
const logVersion = "1.3"

// NewLog writes the head of a log.
func NewLog(w io.Writer, start time.Time) *Log {
	l := &Log{w: w, start: start, values: hdrhistogram.New(1, int64(time.Hour), 3)}
	at := float64(start.UnixMilli()) / 1000
	l.printf("#[Histogram log format version %s]\n", logVersion)
	l.printf("#[imapscope replay: latencies in nanoseconds, from when a command was due to its response; the tag is the command]\n")
	l.printf("#[StartTime: %.3f (seconds since epoch), %s]\n", at, start.UTC().Format(time.RFC3339))
	l.printf("#[BaseTime: %.3f (seconds since epoch)]\n", at)
	l.printf("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n")
	return l
}

func (l *Log) printf(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.w, format, args...)
	}
}

// Add writes the lines of an interval.
func (l *Log) Add(i *replay.Interval) {
	for _, c := range i.Commands {
		if c.Now.TotalCount() == 0 {
			continue
		}
		l.values.Reset()
		for _, b := range c.Now.Distribution() {
			if b.Count > 0 {
				_ = l.values.RecordValues(min(b.To*int64(time.Microsecond), int64(time.Hour)), b.Count) // it is in the range
			}
		}
		packed, err := l.values.EncodeV2()
		if err != nil {
			l.err = err
			return
		}
		l.printf("Tag=%s,%.3f,%.3f,%.3f,%s\n", tag(c.Command), i.Start.Sub(l.start).Seconds(), i.End.Sub(i.Start).Seconds(),
			float64(l.values.Max())/float64(time.Millisecond), packed)
	}
}

// Err returns the first error of writing.
func (l *Log) Err() error { return l.err }

// tag returns a command as the tag of a line, which has neither a comma nor a space.
func tag(command string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == ',' {
			return '_'
		}
		return r
	}, view.Inert(command))
}
