package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// MaxSteps is the maximum number of steps of a Ladder; further messages are counted.
const MaxSteps = 100_000

const (
	maxLabel = 240 // bytes of a step's label
	maxLanes = 8   // commands outstanding at once that have a lane
)

// Ladder shows a connection's conversation as two life lines, the client's and the
// server's, with a step for each message between them. It is built from a decoder's
// events, and drawn by Text or SVG. A step takes less than half a kilobyte.
type Ladder struct {
	Client, Server string // names above the life lines; inert
	More           int    // messages beyond MaxSteps

	options Options
	steps   []Step
	begun   int // the number of the latest request that has a step
	early   int // the first step of a request that has no step yet, which is
	earlyOf int // the request of this transaction
}

// Step is one message of a Ladder, or a remark about something between messages.
type Step struct {
	Dir    capture.Direction
	Time   time.Time // of its first byte; zero if it is not known
	Label  string    // one inert line, secrets masked
	Status string    // OK, NO, BAD …, if it is a status response
	Txn    int       // the transaction's number; 0 outside any
	Remark bool      // not a message: Label is our own text

	begins, ends bool // the transaction
	ready        bool
}

// Ladder returns an empty ladder between a client and a server, given their addresses.
func (o Options) Ladder(client, server string) *Ladder {
	return &Ladder{Client: clip(client, maxLabel), Server: clip(server, maxLabel), options: o}
}

// Add adds an event of the connection. Events must be added in the order in which the
// decoder reported them. The event is not retained.
func (l *Ladder) Add(e decode.Event) {
	switch e := e.(type) {
	case *decode.Message:
		l.message(e)
	case *decode.Transaction:
		if e.Outcome == decode.Abandoned {
			l.abandoned(e)
		}
	case *decode.Resync:
		words := fmt.Sprintf("%d bytes passed over", e.Skipped)
		if e.Ended {
			words += ", to the end"
		}
		l.remark(e.Dir, e.Time, words)
	case *decode.Again:
		l.remark(e.Dir, e.Time, Count(int(e.Octets), "byte")+" captured again")
	case *decode.Upgrade:
		l.remark(e.Dir, e.Time, Layer(e))
	case *decode.Secured:
		l.remark(capture.ClientToServer, e.Time, clip(Layer(e), maxLabel))
	case *decode.Dark:
		l.remark(capture.ClientToServer, e.Time, Layer(e))
	case *decode.Closed:
		l.closed(e)
	case *decode.Note:
		l.remark(capture.ClientToServer, e.Time, clip(Inert(e.Text), maxLabel))
	}
}

// closed adds how the connection ended, at the side that closed it.
func (l *Ladder) closed(e *decode.Closed) {
	dir := capture.ClientToServer
	if e.First.Side == decode.ServerSide {
		dir = capture.ServerToClient
	}
	words := Ending(e)
	if words == Reason(e) {
		words = "closed: " + words
	}
	l.remark(dir, e.Time, words)
}

func (l *Ladder) abandoned(t *decode.Transaction) {
	s := Step{Txn: t.N, Remark: true, ends: true, Label: clip(l.options.Tag(t)+" "+t.Command, maxLabel) + ": no response came"}
	if n := len(l.steps); n > 0 {
		s.Time = l.steps[n-1].Time
	}
	l.add(s)
}

func (l *Ladder) remark(dir capture.Direction, t time.Time, words string) {
	l.add(Step{Dir: dir, Time: t, Label: words, Remark: true})
}

func (l *Ladder) message(m *decode.Message) {
	line := l.options.Line(m)
	s := Step{Dir: m.Dir, Time: m.Time, Label: clip(line.Text, maxLabel), Status: line.Status}
	if m.Lost > 0 {
		s.Label += fmt.Sprintf(" [%d bytes lost]", m.Lost)
	}
	if m.Txn != nil {
		s.Txn = m.Txn.N
	}
	s.ends, s.ready = m.Kind == decode.Tagged, m.Kind == decode.Ready
	if m.Kind != decode.Request {
		if s.Txn > l.begun && s.Txn != l.earlyOf && m.Txn.Outcome != decode.Orphan {
			l.early, l.earlyOf = len(l.steps), s.Txn
		}
		l.add(s)
		return
	}
	s.begins = true
	l.begun = max(l.begun, s.Txn)
	if len(m.Literals) == 0 {
		l.add(s)
		return
	}
	parts := l.options.parts(m)
	switch {
	case l.earlyOf == s.Txn && s.Txn != 0 && l.early < len(l.steps):
		l.interleave(s, m, parts)
	case m.End.After(m.Time) && m.Lost == 0 && len(parts) == len(m.Literals)+1:
		s.Label = clip(parts[0], maxLabel)
		l.add(s)
		s = Step{Dir: s.Dir, Txn: s.Txn, Time: m.End}
		for i, part := range parts[1:] {
			s.Label += literalLabel(m.Literals[i].Size, part)
		}
		s.Label = clip(s.Label, maxLabel)
		l.add(s)
	default:
		l.add(s)
	}
}

// literalLabel returns the label of a literal, and of the line that follows it.
func literalLabel(size int64, part string) string {
	return strings.TrimRight(fmt.Sprintf("(literal, %d bytes) %s", size, part), " ")
}

// interleave places a request that was answered before it ended at its first byte, and
// its literals between the "+" that they waited for. Parts are its line, divided at them.
func (l *Ladder) interleave(request Step, m *decode.Message, parts []string) {
	literal := Step{Dir: request.Dir, Txn: request.Txn}
	answers := slices.Clone(l.steps[l.early:])
	l.steps = l.steps[:l.early]
	if len(parts) != len(m.Literals)+1 { // some of it is missing
		parts = make([]string, len(m.Literals)+1)
	}
	next := 0
	unasked := func() (label string) { // the literals that came without being asked for
		for ; next < len(m.Literals) && !m.Literals[next].Waited; next++ {
			label += " " + literalLabel(m.Literals[next].Size, parts[next+1])
		}
		return label
	}
	asked := func() string { // the literal that the latest "+" asked for
		if next == len(m.Literals) {
			return "(the end of the request)"
		}
		label := literalLabel(m.Literals[next].Size, parts[next+1])
		next++
		return clip(label+unasked(), maxLabel)
	}
	if parts[0] != "" {
		request.Label = clip(parts[0]+unasked(), maxLabel)
	} else {
		unasked()
	}
	l.add(request)
	waits := false
	for _, s := range answers {
		if s.ready && s.Txn == request.Txn {
			if waits {
				literal.Label = asked()
				l.add(literal)
			}
			waits = true
		}
		l.add(s)
	}
	literal.Time, literal.Label = m.End, "(the end of the request)"
	if waits {
		literal.Label = asked()
	}
	l.add(literal)
}

func (l *Ladder) add(s Step) {
	if len(l.steps) >= MaxSteps {
		l.More++
		return
	}
	l.steps = append(l.steps, s)
}

// Len returns the number of steps.
func (l *Ladder) Len() int { return len(l.steps) }

// Step returns step i, counted from 0.
func (l *Ladder) Step(i int) Step { return l.steps[i] }

// Gap returns the time to a step from the one before it whose time is known; 0 if it
// is not known, or if the step began before that one.
func (l *Ladder) Gap(i int) time.Duration {
	if l.steps[i].Time.IsZero() {
		return 0
	}
	for k := i - 1; k >= 0; k-- {
		if !l.steps[k].Time.IsZero() {
			return max(l.steps[i].Time.Sub(l.steps[k].Time), 0)
		}
	}
	return 0
}

// lanes are the transactions that were outstanding at a step, each in a lane of its own
// while there is a free one.
type lanes struct {
	open uint8 // the lanes in use after the step
	own  int8  // the step's own lane; -1 if it has none
}

// lanes returns the lanes at each step, and the maximum number of lanes in use.
func (l *Ladder) lanes() (of []lanes, width int) {
	of = make([]lanes, len(l.steps))
	var taken [maxLanes]int // by transaction
	var open uint8
	for i := range l.steps {
		s := &l.steps[i]
		own := -1
		if s.Txn > 0 {
			if own = slices.Index(taken[:], s.Txn); own < 0 && s.begins {
				if own = slices.Index(taken[:], 0); own >= 0 {
					taken[own] = s.Txn
				}
			}
		}
		if own >= 0 {
			open |= 1 << own
			width = max(width, own+1)
			if s.ends {
				taken[own] = 0
				open &^= 1 << own
			}
		}
		of[i] = lanes{open, int8(own)}
	}
	return of, width
}
