package replay

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Connecting is listed among the commands for what precedes the first one: the time from
// when a session should have begun to the server's greeting.
const Connecting = "(connect)"

// Others is listed among the commands for all those beyond maxCommands: a recording can have any
// number of unknown ones, and each takes half a megabyte.
const Others = "(others)"

// maxCommands bounds the commands that a Report distinguishes.
const maxCommands = 100

// Latencies holds the latencies of one command.
type Latencies struct {
	Command string
	// Now is measured from when the command should have been sent to its tagged response,
	// Sent from when it was sent, and Recorded from its first byte to that response. A command
	// that was never answered counts in Now and Sent with the time that was waited. In
	// microseconds.
	Now, Sent, Recorded *hdrhistogram.Histogram
	Unanswered          int64 // of those in Now
	Errors              int64

	connects bool // it is Connecting
}

// NewLatencies returns Latencies of a command without any.
func NewLatencies(command string) *Latencies {
	return &Latencies{Command: command, Now: newHistogram(), Sent: newHistogram(), Recorded: newHistogram(), connects: command == Connecting}
}

// Add adds how long an answer took since its command was sent, and how long the recorded one did.
func (l *Latencies) Add(sent, recorded time.Duration) {
	record(l.Now, sent)
	record(l.Sent, sent)
	record(l.Recorded, recorded)
}

// reset makes l empty.
func (l *Latencies) reset(command string) {
	l.Now.Reset()
	l.Sent.Reset()
	l.Recorded.Reset()
	l.Command, l.Unanswered, l.Errors, l.connects = command, 0, 0, command == Connecting
}

// merge adds what other has.
func (l *Latencies) merge(other *Latencies) {
	l.Now.Merge(other.Now)
	l.Sent.Merge(other.Sent)
	l.Recorded.Merge(other.Recorded)
	l.Unanswered += other.Unanswered
	l.Errors += other.Errors
}

// Interval is what was measured in one part of a load: what was answered in it, or was given up.
type Interval struct {
	Start, End time.Time
	Active     int64        // sessions that are being played, at its end
	Waiting    int64        // commands that were sent and are not answered, at its end
	Sessions   int64        // that began in it
	Commands   []*Latencies // those with a count or an error, Connecting among them
	All        *Latencies   // of all commands but Connecting
}

// Report is the result of a load.
type Report struct {
	Tally
	Start   time.Time
	Elapsed time.Duration
	// User and System are the processor time that this process took while the load ran, in user
	// mode and in the system: the load generator's own share. They are zero if the system does not
	// report them.
	User, System time.Duration
	// Rate and CommandRate are those of the Load.
	Rate, CommandRate float64

	Commands []*Latencies // in the order of their first occurrence
	All      *Latencies   // of all commands but Connecting
	// Late is how late commands were sent, in microseconds.
	Late *hdrhistogram.Histogram
	// Failures are the first kinds of errors.
	Failures []Failure
	// Stopped reports whether there were more errors than MaxErrors.
	Stopped bool
	// Interrupted reports whether the load was asked to end: see Load.Stop.
	Interrupted bool
	// NotBegun is the number of sessions that could not begin on time: see Rate.
	NotBegun int64
	// Early is the number of sessions that the end of the load cut short.
	Early int64
	// Skipped is the number of commands that were not sent, because their session had failed.
	Skipped int64
	// Broken has a line for each of the Load's limits that was not kept.
	Broken []string
}

// Failure is an error and how often it occurred.
type Failure struct {
	Text  string
	Count int64
}

const (
	maxFailures = 10
	maxLatency  = int64(time.Hour / time.Microsecond)
	digits      = 3
)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, maxLatency, digits) }

func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(int64(d/time.Microsecond), 0), maxLatency)) // it is in the range
}

// Quantile returns a quantile of a histogram of microseconds, in percent; 100 is the maximum.
func Quantile(h *hdrhistogram.Histogram, q float64) time.Duration { return quantile(h, q) }
