package lesson

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/samples/server"
)

// Check finds what Parse cannot: recordings that do not exist or cannot be decoded, places
// that are not in them, contradictory questions, and commands that the server does not
// answer as expected. Read returns a recording by its name, as Beside does. The error is
// a Faults.
func (l *Lesson) Check(read func(name string) ([]byte, error)) error {
	c := &checker{lesson: l}
	c.recordings(read)
	for i := range l.Steps {
		s := &l.Steps[i]
		c.place(s, "at", 0, s.At)
		for k, p := range s.Find {
			c.place(s, "find", k, p)
			if p.Conn == s.At.Conn && p.Txn == s.At.Txn && p.Greeting == s.At.Greeting {
				c.fault(s.line("at", 0), "at: gives away what is to be found; point at something else, or leave it out")
			}
		}
		c.question(s)
	}
	c.play()
	if len(c.faults) > 0 {
		sortFaults(c.faults)
		return c.faults
	}
	return nil
}

type checker struct {
	lesson *Lesson
	said   recordings
	unread bool // a recording could not be read, so places cannot be checked
	faults Faults
}

func (c *checker) fault(line int, format string, args ...any) {
	c.faults = append(c.faults, Fault{c.lesson.File, line, fmt.Sprintf(format, args...)})
}

func (c *checker) recordings(read func(name string) ([]byte, error)) {
	for i, name := range c.lesson.Recordings {
		line := c.lesson.lines.of("recording", i, 1)
		b, err := read(name)
		if err != nil {
			c.unread = true
			c.fault(line, "there is no recording %s; put it next to the lesson, or name one that imapscope demo --help lists", name)
			continue
		}
		before := len(c.said.conns)
		if err := c.said.read(name, b); err != nil {
			c.unread = true
			c.fault(line, "this recording cannot be read: %v", err)
		} else if len(c.said.conns) == before {
			c.unread = true
			c.fault(line, "there is no IMAP in %s; record at least one connection", name)
		}
	}
}

// place reports a place that does not exist.
func (c *checker) place(s *Step, key string, i int, p Place) {
	if p.IsZero() || c.unread {
		return
	}
	line := s.line(key, i)
	switch n := len(c.said.conns); {
	case n == 0:
		c.fault(line, "%s: points at nothing, for the lesson has no recording; add recording: at its top", key)
		return
	case p.Conn > n:
		c.fault(line, "there is no connection %d; the recordings have %d", p.Conn, n)
		return
	}
	x := c.said.conns[p.Conn-1]
	messages := x.at(p)
	if len(messages) == 0 {
		what := fmt.Sprintf("transaction %d", p.Txn)
		if p.Greeting {
			what = "greeting"
		}
		c.fault(line, "there is no %s in connection %d; it has %d transactions", what, p.Conn, len(x.txns))
		return
	}
	if _, _, err := p.In(messages); err != nil {
		c.fault(line, "%v", err)
	}
}

// question reports contradictions in a question.
func (c *checker) question(s *Step) {
	for i, a := range s.Answers {
		if len(s.Choices) > 0 && !slices.ContainsFunc(s.Choices, func(b string) bool { return same(a, b) }) {
			c.fault(s.line("answer", i), "%s is not one of the choices; write it exactly as one of them", a)
		}
		if k := slices.IndexFunc(s.Answers[:i], func(b string) bool { return same(a, b) }); k >= 0 {
			c.fault(s.line("answer", i), "this answer is already in line %d; letter case, quotes and spaces do not matter", s.line("answer", k))
		}
	}
	for i, a := range s.Choices {
		if n, ok := number(a); ok && n > 0 && n <= len(s.Choices) && n != i+1 {
			c.fault(s.line("choice", i), "%s is the number of another choice too; write it as a word, or move it to that position", a)
		}
		if k := slices.IndexFunc(s.Choices[:i], func(b string) bool { return same(a, b) }); k >= 0 {
			c.fault(s.line("choice", i), "this choice is already in line %d; remove one", s.line("choice", k))
		}
	}
	if len(s.Choices) > 0 && !slices.ContainsFunc(s.Choices, func(a string) bool { right, _ := s.Answer(a); return !right }) {
		c.fault(s.line("choice", 0), "each of these choices is right; add one that is not")
	}
	for i, n := range s.Not {
		line := s.line("not", i)
		if s.Kind() == Find {
			p, _ := ParseTransaction(n.Answer)
			if right, _ := s.Found(p.Conn, p.Txn); right {
				c.fault(line, "%s is right in find: and wrong here; remove one", n.Answer)
			}
			c.place(s, "not", i, p)
			continue
		}
		if right, _ := s.Answer(n.Answer); right {
			c.fault(line, "%s is right in answer: and wrong here; remove one", n.Answer)
		} else if len(s.Choices) > 0 && !slices.ContainsFunc(s.Choices, func(b string) bool { return same(n.Answer, b) }) {
			c.fault(line, "%s is not one of the choices; write it exactly as one of them", n.Answer)
		}
		if k := slices.IndexFunc(s.Not[:i], func(b Wrong) bool { return same(n.Answer, b.Answer) }); k >= 0 {
			c.fault(line, "this wrong answer is already in line %d; remove one", s.line("not", k))
		}
	}
}

// play sends the commands to be typed to a server, on one session, and judges the results.
func (c *checker) play() {
	typing := slices.ContainsFunc(c.lesson.Steps, func(s Step) bool { return s.Kind() == Type })
	srv, err := server.New(server.Options{Quirks: c.lesson.Quirks})
	if err != nil {
		for i, q := range c.lesson.Quirks {
			if _, err := server.New(server.Options{Quirks: []string{q}}); err != nil {
				c.fault(c.lesson.lines.of("quirk", i, 1), "there is no quirk %s; imapscope demo --help lists them", q)
			}
		}
		return
	}
	if !typing {
		if len(c.lesson.Quirks) > 0 {
			c.fault(c.lesson.lines.of("quirk", 0, 1), "quirk: is only for lessons with a type: step; remove it")
		}
		for i := range c.lesson.Faults {
			c.fault(c.lesson.lines.of("fault", i, 1), "fault: is only for lessons with a type: step; remove it")
		}
		return
	}
	command, stop, err := c.conversation(srv)
	if err != nil {
		c.fault(c.lesson.lines.of("fault", 0, 1), "%v", err)
		return
	}
	defer stop()
	for i := range c.lesson.Steps {
		s := &c.lesson.Steps[i]
		for k, b := range s.Before {
			if t, _ := command([]string{b}, nil); t == nil || protocol.StatusEffect(t.Status) != protocol.Succeeds {
				c.fault(s.line("before", k), "the server does not accept this: %s", outcome(t))
			}
		}
		if len(s.Type) == 0 {
			continue
		}
		t, held := command(s.Type, s)
		if s.Hold != "" && !held {
			c.fault(s.line("hold", 0), "hold: holds nothing of what is typed; correct it")
			continue
		}
		if t == nil {
			c.fault(s.line("type", 0), "the server does not answer this, or answers another command first; choose another command or quirk")
			continue
		}
		right, say := s.Typed(t)
		switch {
		case right:
		case strings.HasPrefix(say, notCompared):
			c.fault(s.line("expect", 0), "%s", say)
		default:
			c.fault(s.line("type", 0), "this does not have the expected result: %s; correct it, or state the expected result in expect:", outcome(t))
		}
	}
}

// conversation begins a conversation with the server. command sends a command on it, of a step if
// it is to be judged, and returns its transaction, nil if it has none, and whether it was held.
func (c *checker) conversation(s *server.Server) (command func([]string, *Step) (t *decode.Transaction, held bool), stop func(), err error) {
	if !c.lesson.Relayed() {
		x := newSession(s)
		return func(lines []string, _ *Step) (*decode.Transaction, bool) { return x.command(lines), false }, func() {}, nil
	}
	x, err := c.lesson.newRelayed(s)
	if err != nil {
		return nil, nil, err
	}
	return x.command, x.conv.Close, nil
}
