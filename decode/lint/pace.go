package lint

import (
	"fmt"
	"math/bits"
	"time"

	"imapscope/decode"
)

// slowExample returns a transcript of commands that are answered at once, and one that
// is not.
func slowExample(last string) string {
	text := "# greeted\n"
	for i := range paceLeast {
		text += fmt.Sprintf("C: a%d NOOP\nS: a%d OK done\n# 2m later\n", i, i)
	}
	return text + "C: b NOOP\n# " + last + " later\nS: b OK done\n"
}

const (
	// paceLeast is how many commands of one name are needed for comparison.
	paceLeast = 20
	// A wait is slow if it exceeds paceTimes the median, and paceFloor.
	paceTimes = 10
	paceFloor = 100 * time.Millisecond
)

// Waits records how long the capture's commands waited, by name.
type Waits interface {
	// Add adds the wait of a command.
	Add(command string, wait time.Duration)
	// Usual returns a bound of the median of the waits for commands of a name that came before
	// the present one, and their number.
	Usual(command string) (median time.Duration, n int)
}

// Histograms are the Waits of a capture whose connections are all checked by one Linter.
type Histograms map[string]*histogram

// histogram counts commands by how long they waited: bucket i counts those below 2^i
// microseconds.
type histogram struct {
	n       int
	buckets [40]int
}

// Add implements Waits.
func (all Histograms) Add(command string, wait time.Duration) {
	h := all[command]
	if h == nil {
		h = new(histogram)
		all[command] = h
	}
	h.n++
	h.buckets[min(bits.Len64(uint64(wait.Microseconds())), len(h.buckets)-1)]++
}

// Usual implements Waits.
func (all Histograms) Usual(command string) (median time.Duration, n int) {
	h := all[command]
	if h == nil {
		return 0, 0
	}
	return h.median(), h.n
}

// median returns an upper bound of the median.
func (h *histogram) median() time.Duration {
	seen := 0
	for i, n := range h.buckets {
		if seen += n; 2*seen >= h.n {
			return time.Microsecond << i
		}
	}
	return 0
}

// measure records how long a command waited, after the rules have compared it with
// earlier commands.
func (c *conn) measure(t *decode.Transaction, cmd *command) {
	if !cmd.known || cmd.piped || t.Lost > 0 || t.Ready > 0 || waits(cmd.row) {
		return
	}
	wait := t.FirstResponse.Sub(t.RequestEnd)
	if wait < 0 {
		return
	}
	if wait > paceFloor { // most are not, and need no comparison
		p := &c.pass
		p.cmd, p.waited = cmd, wait
		p.usual, p.number = c.waits.Usual(t.Command)
		c.dispatch(OnMeasured)
	}
	c.waits.Add(t.Command, wait)
}

func slowCommand(p *Pass) {
	if p.number >= paceLeast && p.waited > paceTimes*p.usual {
		p.report(p.cmd.place, fmt.Sprintf("%s after %s, where half of %d took less than %s", p.cmd.name, p.waited.Round(time.Millisecond), p.number, p.usual))
	}
}
