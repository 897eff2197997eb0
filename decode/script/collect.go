package script

import (
	"fmt"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/wire"
)

// Collector is a capture.Sink that makes a Script of the events it receives.
type Collector struct {
	opts   Options
	opened *decode.Opened
	demux  *decode.Demux
	script Script
	open   map[capture.ConnID]*collected
	count  int // of events, of all connections
	held   int64
	silent int   // connections
	done   []int // when commands were answered, in that count
}

// collected is a session that is being recorded.
type collected struct {
	*Session
	place int    // in Script.Sessions
	marks []mark // the beginnings of the client's chunks that may still be needed
	steps []stepAt
	order []int           // when each of Order was answered
	heard int             // when the first message of the server arrived; 0: not yet
	ends  []int           // when each of Ends arrived
	begun []int           // when each request had arrived
	layer *decode.Upgrade // the last one
}

// mark is the beginning of a chunk of the client.
type mark struct {
	off   int64
	at    time.Duration
	count int
}

// stepAt is a step and its time.
type stepAt struct {
	Step
	count int
}

// NewCollector returns a Collector.
func NewCollector(o Options) *Collector {
	if o.MaxOctets == 0 {
		o.MaxOctets = DefaultMaxOctets
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = DefaultMaxMessage
	}
	c := &Collector{opts: o, open: make(map[capture.ConnID]*collected)}
	c.demux = decode.NewDemux(decode.Options{Keep: o.MaxMessage, Dialect: o.Dialect, Keyless: true}, (*handler)(c))
	c.opened = decode.NewOpened(decode.Options{Dialect: o.Dialect}, (*text)(c))
	return c
}

// Script returns the recorded sessions, once the source has ended.
func (c *Collector) Script() *Script {
	c.script.Sessions = slices.DeleteFunc(c.script.Sessions, func(s *Session) bool { return s == nil })
	c.script.Silent = max(c.silent-maxSilent, 0)
	c.script.Done = len(c.done)
	return &c.script
}

// Event implements capture.Sink. What is recorded is the text of IMAP, whatever carried it.
func (c *Collector) Event(e *capture.Event) error { return c.opened.Event(e) }

// text is the collector as a capture.Sink of connections without layers.
type text Collector

// Event implements capture.Sink.
func (t *text) Event(e *capture.Event) error {
	c := (*Collector)(t)
	if e.Kind == capture.Opened {
		c.script.Last = max(c.script.Last, e.Conn)
		if c.held > c.opts.MaxOctets {
			c.script.Beyond++
			return nil
		}
		return c.demux.Event(e)
	}
	s := c.open[e.Conn]
	if s == nil {
		return nil
	}
	if c.held > c.opts.MaxOctets && e.Kind != capture.Closed {
		return c.cut(s, e)
	}
	switch e.Kind {
	case capture.Data:
		if e.Dir == capture.ClientToServer {
			s.marks = append(s.marks, mark{e.Off, max(e.Time.Sub(s.Conn.Start), 0), c.count})
		}
	case capture.HalfClosed:
		c.ended(s, e)
		return nil
	case capture.Note:
		if leg, _ := capture.LegOf(e.Text); leg == capture.ServerLeg && s.heard == 0 && len(s.marks) == 0 {
			return c.leave(s, e)
		}
	case capture.Closed:
		return c.close(s, e)
	}
	return c.demux.Event(e)
}

// leave leaves out a connection that is the server's leg of a proxy, with its first event: the
// session is what the client sent and saw.
func (c *Collector) leave(s *collected, e *capture.Event) error {
	err := c.demux.Event(&capture.Event{Kind: capture.Closed, Conn: e.Conn, Time: e.Time})
	delete(c.open, e.Conn)
	c.script.Sessions[s.place] = nil
	c.script.ServerLegs++
	c.held -= sessionCost
	return err
}

// cut ends a session before an event, as if the capture ended there: what follows is left
// out.
func (c *Collector) cut(s *collected, e *capture.Event) error {
	c.script.Cut++
	s.Missing = append(s.Missing, fmt.Sprintf("everything after the first %s, as no more than %d MiB of messages are held",
		max(e.Time.Sub(s.Conn.Start), 0).Round(time.Millisecond), c.opts.MaxOctets>>20))
	return c.close(s, &capture.Event{Kind: capture.Closed, Conn: e.Conn, Time: e.Time, Cause: capture.EndOfCapture})
}

// ended records that a side ended its direction.
func (c *Collector) ended(s *collected, e *capture.Event) {
	s.Ends = append(s.Ends, End{Dir: e.Dir, Cause: e.Cause, At: max(e.Time.Sub(s.Conn.Start), 0)})
	s.ends = append(s.ends, c.count)
}

func (c *Collector) close(s *collected, e *capture.Event) error {
	s.Session.End = max(e.Time.Sub(s.Conn.Start), 0)
	if e.Cause == capture.RST && !slices.ContainsFunc(s.Ends, func(e End) bool { return e.Cause == capture.RST }) {
		c.ended(s, e)
	}
	err := c.demux.Event(e)
	delete(c.open, e.Conn)
	c.finish(s)
	if s.silent() {
		if c.silent++; c.silent > maxSilent {
			c.script.Sessions[s.place] = nil // see Script
			c.held -= sessionCost
		}
	}
	return err
}

// handler is the collector as a decode.Handler.
type handler Collector

// Open implements decode.Handler.
func (h *handler) Open(n capture.Conn) error {
	s := &collected{Session: &Session{Conn: n, Opened: len(h.done)}, place: len(h.script.Sessions)}
	h.open[n.ID] = s
	h.script.Sessions = append(h.script.Sessions, s.Session)
	h.held += sessionCost
	return nil
}

// silent reports whether neither side sent anything, although the connection was seen from
// its beginning: a flood of SYNs, or a client that looked whether a server answers.
func (s *collected) silent() bool {
	return len(s.Steps) == 0 && s.heard == 0 && len(s.Missing) == 0 && !s.Conn.MidStream
}

// maxSilent is how many silent connections are kept as sessions.
const maxSilent = 10

// What a session and a message take beside their bytes, in bytes, about.
const (
	sessionCost = 2 << 10
	messageCost = 512
)

// Events implements decode.Handler.
func (h *handler) Events(id capture.ConnID, events []decode.Event) error {
	s := h.open[id]
	for _, e := range events {
		h.count++
		i := s.Event(e)
		x := s.Exchanges[i]
		switch e := e.(type) {
		case *decode.Message:
			h.held += int64(len(e.Raw)) + messageCost
			if e.Dir == capture.ServerToClient {
				x.heard = append(x.heard, h.count)
				if s.heard == 0 {
					s.heard = h.count
				}
				if e.Lost > 0 && x.LeftOut == "" {
					x.LeftOut = fmt.Sprintf("%d bytes of its answer were not captured", e.Lost)
				}
			} else {
				if e.Kind == decode.Request {
					s.begun = append(s.begun, h.count)
				}
				if e.Kind != decode.Junk { // a blank line is not a request
					s.message(i, len(x.Messages)-1, x.Ready, e)
					s.forget(e.Off + e.Len)
				}
			}
		case *decode.Transaction:
			if x.Done && i > 0 {
				s.order = append(s.order, h.count)
				h.done = append(h.done, h.count)
				s.World = append(s.World, len(h.done))
			}
			if i > 0 && e.Lost > 0 && x.LeftOut == "" {
				x.LeftOut = fmt.Sprintf("%d bytes were not captured while it was answered", e.Lost)
			}
		case *decode.Resync:
			if e.Dir == capture.ClientToServer && e.Skipped > 0 {
				s.Missing = append(s.Missing, fmt.Sprintf("%d bytes of the client that begin in the middle of a message", e.Skipped))
			}
		case *decode.Upgrade:
			u := *e
			s.layer = &u
		case *decode.Dark:
			s.Missing = append(s.Missing, fmt.Sprintf("everything after byte %d of the %s, which is %s: %s", s.layer.Off, s.layer.Dir, words(e.Of), e.Why))
		}
	}
	return nil
}

func words(u decode.UpgradeTo) string {
	if u == decode.TLS {
		return "TLS"
	}
	return "compressed"
}

// message makes steps from a client's message, the k-th of an exchange, which so many "+"
// preceded.
func (s *collected) message(i, k, readies int, m *decode.Message) {
	x := s.Exchanges[i]
	switch {
	case m.Lost > 0:
		x.LeftOut = fmt.Sprintf("%d bytes of the request were not captured", m.Lost)
	case m.Elided > 0:
		x.LeftOut = fmt.Sprintf("the request is too long (%d bytes)", m.Len)
	}
	if x.LeftOut != "" {
		return
	}
	own := x.Messages[k]
	cuts := s.cuts(m)
	ready := 0
	if m.Kind == decode.Continuation {
		ready = readies
	}
	for j, c := range cuts {
		end := len(own.Raw)
		if j+1 < len(cuts) {
			end = cuts[j+1].raw
		}
		if c.waited {
			ready++
		}
		s.steps = append(s.steps, stepAt{Step{
			Exchange: i, Message: k, Begins: j == 0, From: c.raw, Data: own.Raw[c.raw:end:end], At: c.at, Needs: Needs{Ready: ready},
		}, c.count})
	}
}

// Steps returns the steps of a whole exchange, as if it were the first of a session, without
// their times; and why it cannot be played, if it cannot.
func Steps(x *Exchange) (steps []Step, leftOut string) {
	s := &collected{Session: &Session{Follow: Follow{Exchanges: []*Exchange{{}, x}}}}
	readies := 0
	for k, m := range x.Messages {
		switch {
		case m.Dir == capture.ClientToServer && m.Kind != decode.Junk:
			s.message(1, k, readies, m)
		case m.Kind == decode.Ready:
			readies++
		}
	}
	for _, st := range s.steps {
		steps = append(steps, st.Step)
	}
	return steps, x.LeftOut
}

// cut is where a step begins.
type cut struct {
	raw    int
	waited bool // for a "+"
	mark
}

// pause is the shortest silence of a client within a message that divides it into steps.
const pause = time.Millisecond

// cuts returns where the steps of a message begin: at its start, at a literal that
// waited, and where the client was silent.
func (s *collected) cuts(m *decode.Message) []cut {
	out := []cut{{mark: s.mark(m.Off)}}
	last := out[0]
	for _, k := range s.marks {
		at := k.off - m.Off
		if at > 0 && at < m.Len && k.at-last.at >= pause {
			last = cut{raw: int(at), mark: k}
			out = append(out, last)
		}
	}
	for _, l := range m.Literals {
		if !l.Waited || l.State == wire.Withdrawn || l.Body.Start >= len(m.Raw) {
			continue
		}
		at := l.Body.Start
		i, found := slices.BinarySearchFunc(out, at, func(c cut, at int) int { return c.raw - at })
		if !found {
			out = slices.Insert(out, i, cut{raw: at, mark: s.mark(m.Off + int64(at))})
		}
		out[i].waited = true
	}
	return out
}

// mark returns the mark of the chunk that contains a byte.
func (s *collected) mark(off int64) mark {
	i, found := slices.BinarySearchFunc(s.marks, off, func(m mark, off int64) int { return int(m.off - off) })
	if !found {
		i--
	}
	if i < 0 {
		return mark{off: off}
	}
	return s.marks[i]
}

// forget drops marks before a byte, except the one of the chunk that contains it.
func (s *collected) forget(off int64) {
	i, found := slices.BinarySearchFunc(s.marks, off, func(m mark, off int64) int { return int(m.off - off) })
	if !found {
		i = max(i-1, 0)
	}
	s.marks = append(s.marks[:0], s.marks[i:]...)
}

// finish determines what each step needs.
func (c *Collector) finish(s *collected) {
	s.Outside()
	unanswered := 0 // the last exchange begun that was never answered
	for i := range s.steps {
		st := &s.steps[i]
		s.needs(&st.Needs, st.count, c.done)
		if unanswered > 0 && st.Exchange != unanswered {
			st.Needs.lateAfter(s.Session, unanswered, st.count, st.At-s.steps[i-1].At)
			unanswered = 0
		}
		s.Steps = append(s.Steps, st.Step)
		if x := s.Exchanges[st.Exchange]; st.Exchange > 0 && !x.Done {
			unanswered = st.Exchange
		}
	}
	outside := s.Exchanges[0]
	for i, k := 0, 0; i < len(outside.Messages); i++ {
		if m := outside.Messages[i]; m.Dir == capture.ServerToClient {
			count := outside.heard[k]
			k++
			a := Aside{Message: i, At: max(m.Time.Sub(s.Conn.Start), 0)}
			a.Done, _ = slices.BinarySearch(s.order, count)
			a.Begun, _ = slices.BinarySearch(s.begun, count)
			s.Asides = append(s.Asides, a)
		}
	}
	for i := range s.Ends {
		s.needs(&s.Ends[i].Needs, s.ends[i], c.done)
	}
	s.needs(&s.Leave, c.count, c.done)
	if unanswered > 0 {
		s.Leave.lateAfter(s.Session, unanswered, c.count, s.Session.End-s.Steps[len(s.Steps)-1].At)
	}
	if s.Closed.Upgraded != 0 {
		s.Ends = nil // it belongs to what cannot be played
	}
	switch {
	case len(s.Steps) == 0 && len(s.Missing) > 0:
		s.LeftOut = s.Missing[0]
	case len(s.Steps) == 0 && s.heard == 0:
		s.LeftOut = "neither side sent anything"
	}
}

// needs fills in what had been received at a time.
func (s *collected) needs(n *Needs, count int, world []int) {
	n.Greeting = s.heard > 0 && s.heard <= count
	n.Done, _ = slices.BinarySearch(s.order, count+1)
	n.World, _ = slices.BinarySearch(world, count+1)
}

// lateAfter records that the exchange x had no tagged response.
func (n *Needs) lateAfter(s *Session, x, count int, waited time.Duration) {
	n.Of, n.Within = x, min(max(waited, 0), MaxWithin)
	n.Heard, _ = slices.BinarySearch(s.Exchanges[x].heard, count+1)
}
