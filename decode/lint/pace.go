package lint

import (
	"fmt"
	"math/bits"
	"time"

	"imapscope/decode"
	"imapscope/decode/protocol"
)

var slowCommand = &Rule{
	ID: "E006", Title: "slow against the capture's own measure", Severity: Note, Verdict: Server, Later: true,
	Ref:         of1176("The Protocol", "", 6),
	Explanation: "The server took much longer before it said anything than it took for most commands of this name in the same capture.",
	Advice:      "Look at what else happened then: another command, another connection to the same mailbox, a lock.",
	Bad:         slowExample("5s"),
	Good:        slowExample("5ms"),
}

// slowExample is commands that are answered at once, and one that is not.
func slowExample(last string) string {
	text := "# greeted\n"
	for i := range paceLeast {
		text += fmt.Sprintf("C: a%d NOOP\nS: a%d OK done\n# 2m later\n", i, i)
	}
	return text + "C: b NOOP\n# " + last + " later\nS: b OK done\n"
}

const (
	// paceLeast is how many commands of a name make a measure.
	paceLeast = 20
	// paceTimes is how many times the median is slow, and paceFloor is what is
	// never slow.
	paceTimes = 10
	paceFloor = 100 * time.Millisecond
)

// pace is what the capture's own commands took, against which others are slow.
type pace map[string]*took

// took is how many commands took how long: bucket i counts those below 2^i
// microseconds.
type took struct {
	n       int
	buckets [40]int
}

// median is an upper bound of it.
func (k *took) median() time.Duration {
	seen := 0
	for i, n := range k.buckets {
		if seen += n; 2*seen >= k.n {
			return time.Microsecond << i
		}
	}
	return 0
}

// measure counts what a command took, and tells if it was slow.
func (c *conn) measure(t *decode.Transaction, x *command) {
	if !x.known || x.piped || t.Lost > 0 || t.Ready > 0 || t.Row.Does(protocol.Idles) {
		return
	}
	wait := t.FirstResponse.Sub(t.RequestEnd)
	if wait < 0 {
		return
	}
	k := c.pace[t.Command]
	if k == nil {
		k = new(took)
		c.pace[t.Command] = k
	}
	if median := k.median(); k.n >= paceLeast && wait > paceFloor && wait > paceTimes*median {
		c.found(slowCommand, x.place, fmt.Sprintf("%s after %s, where half of %d took less than %s", t.Command, wait.Round(time.Millisecond), k.n, median))
	}
	k.n++
	k.buckets[min(bits.Len64(uint64(wait.Microseconds())), len(k.buckets)-1)]++
}
