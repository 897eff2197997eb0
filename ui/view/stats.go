package view

import (
	"cmp"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
)

// Stats accumulates statistics about what was shown, by command and in total. Each session
// counts once: see decode.Sessions.
type Stats struct {
	Connections int
	ServerLegs  int             // connections that are not counted: see decode.Sessions
	Commands    []*CommandStats // most frequent first, after Sort
	Octets      [2]int64        // by direction, as delivered
	Lost        [2]int64
	Orphans     int
	Layers      [decode.Compression + 1]LayerTotal // by layer
	Times       Times
	Grammar     Grammar
	Accounts    Accounts // of all connections, whatever is shown
	Logins      Logins
	Options     Options // how logins are shown

	byName  map[string]*CommandStats
	parser  syntax.Parser
	pending map[*decode.Transaction]*Grammar // of the transactions that are not complete
}

// LayerTotal is what went through a layer in all connections that had it.
type LayerTotal struct {
	Connections int
	decode.LayerCount
}

// add adds a connection's.
func (t *LayerTotal) add(c *decode.LayerCount) {
	t.Connections++
	t.Of = c.Of
	for dir := range c.In {
		t.In[dir] += c.In[dir]
		t.Out[dir] += c.Out[dir]
		t.Records[dir] += c.Records[dir]
	}
	t.Faults += c.Faults
}

// CommandStats holds the statistics of one command.
type CommandStats struct {
	Command   string
	Count     int
	Status    map[string]int // "OK", "NO", "BAD"; "none" for a response without, "abandoned"
	Octets    [2]int64
	latencies *hdrhistogram.Histogram // microseconds
}

// maxCommands bounds how many commands are distinguished; a hostile client may invent any
// number.
const maxCommands = 64

// otherCommands is the row of the commands beyond maxCommands.
const otherCommands = "(others)"

// Message adds the nodes of a message's tree: at once, or with its transaction.
func (s *Stats) Message(m *decode.Message) {
	if m.Kind == decode.Junk || m.Leg == capture.ServerLeg {
		return
	}
	g := &s.Grammar
	if m.Txn != nil {
		if g = s.pending[m.Txn]; g == nil {
			g = new(Grammar)
			if s.pending == nil {
				s.pending = make(map[*decode.Transaction]*Grammar)
			}
			s.pending[m.Txn] = g
		}
	}
	g.message(m, &s.parser)
}

// Drop forgets the messages of a transaction that is not added.
func (s *Stats) Drop(t *decode.Transaction) { delete(s.pending, t) }

// Transaction adds one transaction of a connection, and its messages.
func (s *Stats) Transaction(id capture.ConnID, t *decode.Transaction) {
	if g := s.pending[t]; g != nil {
		s.Grammar.add(g)
		delete(s.pending, t)
	}
	if t.Leg == capture.ServerLeg {
		return
	}
	s.Times.add(id, t)
	if t.Outcome == decode.Orphan {
		s.Orphans++
		return
	}
	s.Logins.Add(t, s.Options)
	c := s.command(t.Command)
	c.Count++
	switch {
	case t.Outcome == decode.Abandoned:
		c.Status["abandoned"]++
	case t.Status == "":
		c.Status["none"]++
	default:
		c.Status[t.Status]++
	}
	c.Octets[0] += t.Octets[0]
	c.Octets[1] += t.Octets[1]
	if d, ok := t.Elapsed(); ok {
		// Past the histogram's range the longest time it knows is good enough.
		us := min(max(d.Microseconds(), 0), c.latencies.HighestTrackableValue())
		_ = c.latencies.RecordValue(us)
	}
}

// Closed adds the totals of a connection.
func (s *Stats) Closed(id capture.ConnID, c *decode.Closed) {
	s.Times.closed(id)
	if c.Leg == capture.ServerLeg {
		s.ServerLegs++
		return
	}
	s.Connections++
	for _, dir := range []capture.Direction{capture.ClientToServer, capture.ServerToClient} {
		s.Octets[dir] += c.Octets[dir]
		s.Lost[dir] += c.Lost[dir]
	}
	for i := range c.Layers {
		s.Layers[c.Layers[i].Of].add(&c.Layers[i])
	}
}

func (s *Stats) command(name string) *CommandStats {
	if c := s.byName[name]; c != nil {
		return c
	}
	if len(s.byName) >= maxCommands && name != otherCommands {
		return s.command(otherCommands)
	}
	if s.byName == nil {
		s.byName = make(map[string]*CommandStats)
	}
	c := &CommandStats{
		Command:   name,
		Status:    make(map[string]int),
		latencies: hdrhistogram.New(1, time.Hour.Microseconds(), 3),
	}
	s.byName[name] = c
	s.Commands = append(s.Commands, c)
	return c
}

// Sort sorts the commands, the most frequent first.
func (s *Stats) Sort() {
	slices.SortFunc(s.Commands, func(a, b *CommandStats) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Command, b.Command))
	})
}

// Latency returns the exchange time below which q percent of the command's exchanges are,
// to three digits. It returns false if none was completed.
func (c *CommandStats) Latency(q float64) (time.Duration, bool) {
	if c.latencies.TotalCount() == 0 {
		return 0, false
	}
	return time.Duration(c.latencies.ValueAtQuantile(q)) * time.Microsecond, true
}
