package why

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// The bounds of what is kept of a connection's times.
const (
	maxCommands = 32  // names of commands
	maxTimes    = 512 // of one command
)

// pace follows how long a connection waits for what.
type pace struct {
	run, worst run             // of commands for one message each, none sent before the one before was answered
	late       late            // the command whose answer began last
	all        []time.Duration // until any answer began, the first maxTimes
	answers    []*answers      // by command, in the order of their first
	load       load
}

// run is a run of commands.
type run struct {
	Evidence // of the first
	commands []count
	boxes    bool // they are about mailboxes
	n        int
	waited   time.Duration // the sum of their exchange times
	last     time.Time     // when the last was answered
	octets   int64         // of the answers
}

type count struct {
	command string
	n       int
}

// late is a command whose answer came late.
type late struct {
	Evidence
	command string
	waited  time.Duration
	n       int  // commands that waited for longWait or longer
	byProxy bool // a proxy did something to it
}

// answers is how long the answers to a command took to begin.
type answers struct {
	Evidence // of the slowest
	command  string
	n        int
	sum, max time.Duration
	times    []time.Duration // the first maxTimes
}

func (a *answers) median() time.Duration {
	sorted := slices.Sorted(slices.Values(a.times))
	return sorted[len(sorted)/2]
}

// load is what large answers brought.
type load struct {
	Evidence // of the largest
	command  string
	n        int
	bytes    int64
	largest  int64
	took     time.Duration // from their first byte to their last
}

// follow follows a transaction. Transactions are reported in the order of their answers.
func (p *pace) follow(id capture.ConnID, t *decode.Transaction) {
	waited, ok := t.Elapsed()
	if !ok || t.Row == nil || t.Lost > 0 {
		p.end()
		return
	}
	at := Evidence{Conn: id, Txn: t.N, Time: t.Time, Text: safe(t.Command)}
	p.answer(at, t)
	p.download(at, t)
	boxes := asksFigures(t.Row)
	switch {
	case !boxes && !forOne(t):
		p.end()
		return
	case p.run.n == 0 || p.run.boxes != boxes || t.Time.Before(p.run.last):
		p.end()
		p.run = run{Evidence: at, boxes: boxes}
	}
	p.run.n++
	p.run.count(at.Text)
	p.run.waited += waited
	p.run.last = t.End
	p.run.octets += t.Octets[capture.ServerToClient]
}

// asksFigures reports whether a command asks for the figures of one mailbox.
func asksFigures(r *protocol.Row) bool {
	return len(r.Claims) == 1 && protocol.Lookup(protocol.Response, r.Claims[0].Data).Does(protocol.Reports)
}

// trip returns how long a round trip takes at most: few answers begin earlier.
func (p *pace) trip() time.Duration {
	if len(p.all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(p.all))
	return sorted[len(sorted)/10]
}

// forOne reports whether a command is for one message.
func forOne(t *decode.Transaction) bool {
	r := t.Row
	if !r.Does(protocol.Fetches) && !r.Does(protocol.Stores) && !r.Does(protocol.Copies) && !r.Does(protocol.Moves) {
		return false
	}
	set, rest := wire.Word(t.Request.Raw)
	for range strings.Count(t.Command, " ") + 2 {
		set, rest = wire.Word(rest)
	}
	return len(set) > 0 && !bytes.ContainsAny(set, ":,*$")
}

// answer follows how late the answer to a command began. Commands that wait by their nature,
// and refused logins, which servers delay, are not asked about.
func (p *pace) answer(at Evidence, t *decode.Transaction) {
	if t.FirstResponse.IsZero() || t.RequestEnd.IsZero() || t.Ready > 0 || t.Row.TakesLines() || t.Row.TakesSASL() {
		return
	}
	waited := max(t.FirstResponse.Sub(t.RequestEnd), 0)
	if len(p.all) < maxTimes {
		p.all = append(p.all, waited)
	}
	if t.Row.Does(protocol.LogsIn) || t.Row.Does(protocol.Authenticates) {
		return
	}
	p.count(at, waited)
	if waited < longWait {
		return
	}
	p.late.n++
	if waited > p.late.waited {
		p.late.Evidence, p.late.command, p.late.waited, p.late.byProxy = at, at.Text, waited, t.Acts != nil
	}
}

func (p *pace) count(at Evidence, waited time.Duration) {
	i := slices.IndexFunc(p.answers, func(a *answers) bool { return a.command == at.Text })
	if i < 0 {
		if len(p.answers) == maxCommands {
			return
		}
		i = len(p.answers)
		p.answers = append(p.answers, &answers{command: at.Text})
	}
	a := p.answers[i]
	a.n++
	a.sum += waited
	if a.n == 1 || waited > a.max {
		a.Evidence, a.max = at, waited
	}
	if len(a.times) < maxTimes {
		a.times = append(a.times, waited)
	}
}

// slowest returns the command whose answers are slow again and again; nil if there is none.
func (p *pace) slowest() *answers {
	for _, a := range p.answers {
		if a.n >= slowAnswers && a.sum >= slowSum && a.median() >= slowMedian {
			return a
		}
	}
	return nil
}

// download follows what a large answer brought.
func (p *pace) download(at Evidence, t *decode.Transaction) {
	n := t.Octets[capture.ServerToClient]
	if !t.Row.Does(protocol.Fetches) || n < largeReply || t.FirstResponse.IsZero() {
		return
	}
	d := &p.load
	d.n++
	d.bytes += n
	d.took += max(t.End.Sub(t.FirstResponse), 0)
	if n > d.largest {
		d.Evidence, d.command, d.largest = at, at.Text, n
	}
}

// end ends a run.
func (p *pace) end() {
	if p.run.waited > p.worst.waited && p.run.counts() {
		p.worst = p.run
	}
	p.run = run{}
}

// settle drops the times that no Reason is about, once all have come.
func (p *pace) settle() {
	if p.worst.n == 0 {
		p.all = nil
	}
	if p.late.n == 0 && p.slowest() == nil {
		p.answers = nil
	}
}

func (r *run) count(command string) {
	for i := range r.commands {
		if r.commands[i].command == command {
			r.commands[i].n++
			return
		}
	}
	if len(r.commands) < maxCommands {
		r.commands = append(r.commands, count{command, 1})
	}
}

// names says which commands they are.
func (r *run) names() string {
	var said []string
	for _, c := range r.commands {
		said = append(said, fmt.Sprintf("%d %s", c.n, c.command))
	}
	return strings.Join(said, " and ") + " commands"
}

// what is what each of them is for.
func (r *run) what() string {
	if r.boxes {
		return "mailbox"
	}
	return "message"
}

// counts reports whether a run is worth a word: it is long, most of its time is waiting, and
// its answers are small.
func (r *run) counts() bool {
	return r.n >= slowRun && r.waited >= slowWait && 2*r.waited >= r.last.Sub(r.Time) && r.octets/int64(r.n) < largeReply
}

// clues reports whether there is anything to say.
func (p *pace) clues() bool {
	_, slow := p.slowBytes()
	return p.worst.n > 0 || p.late.n > 0 || slow || p.slowest() != nil
}
