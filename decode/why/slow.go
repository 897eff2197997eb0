package why

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/decode/lint"
)

// The least run of commands that is called slow: how many, how long they waited, and how
// large an answer is of which the waiting is not the bytes' own time.
const (
	slowRun    = 20
	slowWait   = 2 * time.Second
	largeReply = 64 << 10
)

// The least of answers of one command that is called slow without one that waited for longWait.
const (
	slowAnswers = 5
	slowMedian  = time.Second
	slowSum     = 10 * time.Second
)

// The least of a slow download: its bytes, its time, and the greatest rate in bytes a second.
const (
	slowBytes = 256 << 10
	slowTime  = 10 * time.Second
	slowRate  = 64 << 10
)

// slow finds a client that waits for one round trip after another, a server that takes its
// time, and bytes that come slowly.
func slow(c *conn) []Reason {
	var out []Reason
	p := &c.pace
	if p.worst.counts() {
		out = append(out, p.oneByOne())
	}
	if r, ok := p.slowServer(); ok {
		out = append(out, r)
	}
	if r, ok := p.slowBytes(); ok {
		out = append(out, r)
	}
	return out
}

// oneByOne is about the worst run of commands that wait for one another.
func (p *pace) oneByOne() Reason {
	run := &p.worst
	each := run.waited / time.Duration(run.n)
	trip := p.trip()
	saved := time.Duration(run.n-1) * min(trip, each)
	r := Reason{
		Severity: lint.Warning, Verdict: Client, Evidence: []Evidence{run.Evidence},
		Sentence: fmt.Sprintf("The client sent %s one after the other, one for each %s, and waited for each: %s of %s were spent waiting, %s for each",
			run.names(), run.what(), span(run.waited), span(run.last.Sub(run.Time)), span(each)),
		Remedy: "Ask for a range of messages with one command, or send the next command before the answer to the last one.",
	}
	if run.boxes {
		r.Remedy = "Ask for the figures of all mailboxes with one LIST (RFC 5819, LIST-STATUS), or send the next command before the answer to the last one."
	}
	switch {
	case each > 4*trip:
		r.Sentence += fmt.Sprintf("; a round trip takes only %s, so most of it is the server's own time.", span(trip))
	default:
		r.Sentence += fmt.Sprintf("; a round trip takes %s, and one command for all would have saved about %s.", span(trip), span(saved))
	}
	return r
}

// slowServer is about answers that began late.
func (p *pace) slowServer() (Reason, bool) {
	worst := p.slowest()
	if worst == nil && p.late.waited < longWait {
		return Reason{}, false
	}
	r := Reason{
		Severity: lint.Warning, Verdict: Server, Evidence: []Evidence{p.late.Evidence},
		Remedy: "Look at what the server did at this time: a search without an index, a lock on the mailbox, a slow disk.",
		Proof:  "Send the same command again, by hand: if it is quick now, the server was busy or had nothing cached.",
	}
	if p.late.waited >= longWait {
		r.Sentence = fmt.Sprintf("The server took %s until it began to answer %s", span(p.late.waited), p.late.command)
		if p.late.n > 1 {
			r.Sentence += fmt.Sprintf(", and %d others waited for %s or longer", p.late.n-1, span(longWait))
		}
	} else {
		r.Sentence = fmt.Sprintf("The server is slow to answer %s", worst.command)
		r.Evidence = []Evidence{worst.Evidence}
	}
	r.Sentence += p.medians() + "."
	if p.late.byProxy {
		r.Verdict = Proxy
		r.Sentence = strings.TrimSuffix(r.Sentence, ".") + "; the proxy delayed it."
		r.Remedy = "Nothing, if the fault was intended; otherwise remove it from the proxy's flags."
	}
	return r, true
}

// medians says how long the server took for the commands that took most of the time.
func (p *pace) medians() string {
	list := slices.Clone(p.answers)
	slices.SortStableFunc(list, func(a, b *answers) int { return int(b.sum - a.sum) })
	var said []string
	for _, a := range list[:min(len(list), 3)] {
		if a.n > 1 {
			said = append(said, fmt.Sprintf("%s for %s (%d)", span(a.median()), a.command, a.n))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return "; the medians of its answers: " + strings.Join(said, ", ")
}

// slowBytes is about a download at a low rate.
func (p *pace) slowBytes() (Reason, bool) {
	d := &p.load
	rate := float64(d.bytes) / max(d.took.Seconds(), 0.001)
	if d.bytes < slowBytes || d.took < slowTime || rate > slowRate {
		return Reason{}, false
	}
	return Reason{
		Severity: lint.Warning, Verdict: Network, Evidence: []Evidence{d.Evidence},
		Sentence: fmt.Sprintf("The bytes come slowly: %s in %s, %s a second, in %s; the largest, to %s, has %s.",
			size(d.bytes), span(d.took), size(int64(rate)), plural(d.n, "large answer"), d.command, size(d.largest)),
		Remedy: "Fetch less: the structure and the parts that are shown, not whole messages. See whether the path is slow, the client reads slowly, or the server limits the rate.",
		Proof:  "Fetch the same message from another network, and from the server's own.",
	}, true
}
