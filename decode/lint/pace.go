package lint

import (
	"fmt"
	"math/bits"
	"time"

	"imapscope/decode"
)

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
	// paceTimes is how many times the median is slow, and paceFloor is never slow.
	paceTimes = 10
	paceFloor = 100 * time.Millisecond
)

// pace is how long the capture's commands waited, by name.
type pace map[string]*took

// took is how many commands waited how long: bucket i counts those below 2^i
// microseconds.
type took struct {
	n       int
	buckets [40]int
}

// median returns an upper bound of the median.
func (k *took) median() time.Duration {
	seen := 0
	for i, n := range k.buckets {
		if seen += n; 2*seen >= k.n {
			return time.Microsecond << i
		}
	}
	return 0
}

// measure counts how long a command waited, after the rules have compared it with
// those before.
func (c *conn) measure(t *decode.Transaction, x *command) {
	if !x.known || x.piped || t.Lost > 0 || t.Ready > 0 || waits(x.row) {
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
	p := &c.pass
	p.cmd, p.waited, p.usual, p.number = x, wait, k.median(), k.n
	c.dispatch(OnMeasured)
	k.n++
	k.buckets[min(bits.Len64(uint64(wait.Microseconds())), len(k.buckets)-1)]++
}

func slowCommand(p *Pass) {
	if p.number >= paceLeast && p.waited > paceFloor && p.waited > paceTimes*p.usual {
		p.report(p.cmd.place, fmt.Sprintf("%s after %s, where half of %d took less than %s", p.cmd.name, p.waited.Round(time.Millisecond), p.number, p.usual))
	}
}
