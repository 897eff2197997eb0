package conform

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// Outcome is how a step ended.
type Outcome uint8

// The outcomes.
const (
	Passed Outcome = iota
	Failed
	Skipped
)

func (o Outcome) String() string { return [...]string{"ok", "failed", "skipped"}[o] }

// StepResult is the result of a step.
type StepResult struct {
	*Step

	Outcome Outcome
	Reasons []string // why it failed, or was skipped: a line each
	Conn    capture.ConnID
	// Messages are what was sent and received, if it failed; Omitted is how many are not there.
	Messages []*decode.Message
	Omitted  int
}

// play is a script that is being played.
type play struct {
	*Runner
	script *Script
	x      *variables
	mail   [][]byte
	next   int // of mail
	conns  []*conn
	only   bool // untagged data that no step expects is a failure

	// Of the step that runs.
	sends    map[int]sent // by Act
	compared int          // expectations up to this Act were compared
	look     func()       // called before what it received is forgotten; may be nil
}

// sent is a command that was sent.
type sent struct {
	tag  string
	text string // the name of the command, for messages
}

// step plays one step.
func (p *play) step(ctx context.Context, s *Step) *StepResult {
	out := &StepResult{Step: s}
	p.sends, p.compared = make(map[int]sent), 0
	defer func() {
		for _, c := range p.used(s) {
			c.endStep()
		}
	}()
	for i := range s.Acts {
		c := p.conns[s.Acts[i].Conn-1]
		if c.dead != "" {
			out.fail("the connection is not usable: %s", c.dead)
			break
		}
		err := p.act(ctx, s, i, c, out)
		if err == nil {
			if s.InParts && p.answeredAll(s, i) {
				p.compare(s, i, out)
			}
			continue
		}
		if ctx.Err() != nil {
			return &StepResult{Step: s, Outcome: Skipped, Reasons: []string{interrupted}}
		}
		var missing *unset
		if errors.As(err, &missing) && out.Outcome == Passed {
			return &StepResult{Step: s, Outcome: Skipped, Reasons: []string{err.Error()}}
		}
		c.dead = err.Error()
		out.fail("%v", err)
		break
	}
	if len(s.Acts) == 0 {
		c := p.conns[0]
		if err := c.await(ctx, "greeting", func() bool { return c.greeted != nil }); err != nil {
			out.fail("%v", err)
		}
		p.greeting(c)
	}
	if out.Outcome == Passed || p.answered(s) {
		p.compare(s, len(s.Acts), out)
		p.unasked(s, out)
	}
	if out.Outcome == Failed {
		p.record(s, out)
	}
	if p.look != nil {
		p.look()
	}
	return out
}

// used returns the connections that a step uses.
func (p *play) used(s *Step) (list []*conn) {
	for k, c := range p.conns {
		does := func(a Act) bool { return a.Conn == k+1 }
		expects := func(e Expectation) bool { return e.Conn == k+1 }
		greeting := k == 0 && len(s.Acts) == 0
		if greeting || slices.ContainsFunc(s.Acts, does) || slices.ContainsFunc(s.Expect, expects) {
			list = append(list, c)
		}
	}
	return list
}

// unset means that a line was not sent, because a variable has no value: the step that would
// have given it one failed, or the server has none.
type unset struct{ error }

// greeting makes the greeting data of the step: it may have arrived before it began.
func (p *play) greeting(c *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.greeted != nil && !slices.ContainsFunc(c.data, func(a *arrived) bool { return a.Message == c.greeted }) {
		c.data = append(c.data, &arrived{Message: c.greeted})
	}
}

// answered reports whether all commands of a step that were sent were answered.
func (p *play) answered(s *Step) bool {
	for i, x := range p.sends {
		c := p.conns[s.Acts[i].Conn-1]
		c.mu.Lock()
		_, ok := c.replies[x.tag]
		c.mu.Unlock()
		if !ok {
			return false
		}
	}
	return len(p.sends) > 0
}

// answeredAll reports whether act i of a step is the wait for the last response that is
// outstanding, so that another command follows, or nothing.
func (p *play) answeredAll(s *Step, i int) bool {
	next := i+1 == len(s.Acts) || s.Acts[i+1].Do == Send
	return s.Acts[i].Do == AwaitTag && next && p.answered(s)
}

// maxReasons bounds the reasons of a failure.
const maxReasons = 20

func (r *StepResult) fail(format string, args ...any) {
	r.Outcome = Failed
	if len(r.Reasons) < maxReasons {
		r.Reasons = append(r.Reasons, fmt.Sprintf(format, args...))
	}
}

// act does one line of a step. An error means that the connection is of no more use.
func (p *play) act(ctx context.Context, s *Step, i int, c *conn, out *StepResult) error {
	a := &s.Acts[i]
	switch a.Do {
	case Send, SendLine:
		return p.send(ctx, i, a, c, out)
	case AwaitReady:
		return p.awaitReady(ctx, c, out)
	case AwaitData:
		return p.awaitData(ctx, a, c, out)
	}
	return p.awaitTag(ctx, a, c, out)
}

// send sends a line, and its literals as the server asks for them.
func (p *play) send(ctx context.Context, i int, a *Act, c *conn, out *StepResult) error {
	text := a.Text
	if strings.Contains(text, "${message:next}") {
		p.next++
		text = strings.ReplaceAll(text, "${message:next}", fmt.Sprintf("${message:%d}", p.next))
	}
	tag := ""
	if a.Do == Send {
		c.tags++
		tag = fmt.Sprintf("c%d", c.tags)
		p.x.set("tag", tag)
	}
	parts, err := p.x.expand(text, p.mail)
	if err != nil {
		return &unset{err} // nothing was sent
	}
	if a.Do == Send {
		name, _, _ := strings.Cut(a.Text, " ")
		p.sends[i] = sent{tag, strings.ToUpper(name)}
		parts[0].data = append([]byte(tag+" "), parts[0].data...)
	}
	parts[len(parts)-1].data = append(slices.Clone(parts[len(parts)-1].data), "\r\n"...)
	for _, part := range parts {
		if part.waited {
			refused := false
			err := c.await(ctx, "continuation request", func() bool {
				refused = c.replies[tag] != nil
				return c.ready > c.used || refused
			})
			if err != nil || refused {
				return err
			}
			c.used++
		}
		if err := c.send(part.data); err != nil {
			return fmt.Errorf("the connection failed: %w", ended(err))
		}
	}
	return nil
}

// awaitReady waits for "+".
func (p *play) awaitReady(ctx context.Context, c *conn, out *StepResult) error {
	var answer *decode.Message
	err := c.await(ctx, "continuation request", func() bool {
		for _, x := range p.sends {
			if m := c.replies[x.tag]; m != nil {
				answer = m
			}
		}
		return c.ready > c.used || answer != nil
	})
	switch {
	case err != nil:
		return err
	case c.ready > c.used:
		c.used++
	default:
		out.fail("the server answered %s instead of a continuation request", answer.Word)
	}
	return nil
}

// awaitData waits for untagged data.
func (p *play) awaitData(ctx context.Context, a *Act, c *conn, out *StepResult) error {
	seen := 0
	err := c.await(ctx, "untagged data", func() bool {
		for ; seen < len(c.data); seen++ {
			if a.Match.match(c.data[seen].datum(), p.x) {
				return true
			}
		}
		return false
	})
	switch {
	case err == nil:
	case c.isOver() || ctx.Err() != nil:
		return err
	default:
		out.fail("%v; expected: * %s", err, a.Match.text)
	}
	return nil
}

// awaitTag waits for a tagged response, and compares it.
func (p *play) awaitTag(ctx context.Context, a *Act, c *conn, out *StepResult) error {
	x, ok := p.sends[a.Of]
	if !ok {
		return nil // it was not sent, which was reported
	}
	var m *decode.Message
	err := c.await(ctx, "response to "+x.text, func() bool {
		m = c.replies[x.tag]
		return m != nil
	})
	if err != nil {
		return err
	}
	if len(a.Any) > 0 && !slices.Contains(a.Any, strings.ToUpper(m.Word)) {
		out.fail("the server answered %s to %s; expected: %s", m.Word, x.text, strings.Join(a.Any, " or "))
		return nil
	}
	if len(a.Match.values) > 0 {
		d := datumOf(m)
		d.values = d.values[min(1, len(d.values)):] // the status
		if !a.Match.match(d, p.x) {
			out.fail("the text of the %s does not begin with: %s", m.Word, a.Match.text)
		}
	}
	return nil
}

// datum returns the data as patterns are compared with it.
func (a *arrived) datum() *datum {
	d := datumOf(a.Message)
	d.original = a.original
	if a.original > 0 {
		d.number = uint64(a.Number)
	}
	return d
}

func datumOf(m *decode.Message) *datum {
	n := syntax.ParseResponse(&m.Message)
	return &datum{values: valuesOf(n, m.Raw), prefix: wire.IsStatus([]byte(m.Word))}
}

// unasked fails a step in which the server sent "+", and no line waited for it (RFC 1176,
// "Responses": + text, p. 21).
func (p *play) unasked(s *Step, out *StepResult) {
	for _, c := range p.used(s) {
		c.mu.Lock()
		more := c.ready - c.used
		c.mu.Unlock()
		if more > 0 && s.InParts {
			out.fail("the server sent a continuation request that no command asked for")
		}
	}
}

// compare compares what came since the last time with the expectations up to act i.
func (p *play) compare(s *Step, i int, out *StepResult) {
	for k, c := range p.conns {
		var list []*Expectation
		for x := range s.Expect {
			if e := &s.Expect[x]; e.Conn == k+1 && p.compared <= e.After && e.After <= i {
				list = append(list, e)
			}
		}
		data := c.received()
		if len(list) > 0 || p.only {
			p.compareWith(list, data[min(c.compared, len(data)):], s.Ordered, out)
		}
		c.compared = len(data)
	}
	p.compared = i + 1
}

func (p *play) compareWith(list []*Expectation, data []*arrived, ordered bool, out *StepResult) {
	found := make([]bool, len(list))
	for _, a := range data {
		d := a.datum()
		if !p.meets(list, found, d, ordered, out) && p.only && a.Kind != decode.Greeting {
			out.fail("the server sent untagged data that is not expected: * %s", shown(a.Message, d))
		}
	}
	for i, e := range list {
		if e.Is == Exists && !found[i] {
			out.fail("the server did not send: * %s (line %d)", e.Match.text, e.Line)
		}
	}
}

// shown returns data for a message: not all of it if it is long, and none of it if a secret is in
// it.
func shown(m *decode.Message, d *datum) string {
	const most = 200
	s := join(d.values)
	switch {
	case len(m.Secrets) > 0:
		return m.Word
	case len(s) > most:
		return s[:most] + " …"
	}
	return s
}

// meets marks the expectations that data meets, and reports whether there is one.
func (p *play) meets(list []*Expectation, found []bool, d *datum, ordered bool, out *StepResult) (some bool) {
	for i, e := range list {
		if found[i] {
			continue
		}
		if !e.Match.match(d, p.x) {
			if ordered && e.Is == Exists {
				return some // those after it wait
			}
			continue
		}
		found[i], some = true, true
		if e.Is == Absent {
			out.fail("the server sent what it must not: * %s (line %d)", e.Match.text, e.Line)
		}
		if ordered {
			return true
		}
	}
	return some
}

// record keeps what a failed step sent and received, and notes the failure in the recording.
func (p *play) record(s *Step, out *StepResult) {
	for _, c := range p.used(s) {
		c.mu.Lock()
		if p.kept += c.logged; p.kept <= maxKept {
			out.Messages = append(out.Messages, c.log...)
			out.Omitted += c.omitted
		} else {
			out.Omitted += len(c.log) + c.omitted
		}
		now := c.last
		c.mu.Unlock()
		if out.Conn == 0 {
			out.Conn = c.id
		}
		note := fmt.Sprintf("conform: failed: %s, line %d: %s: %s", p.script.Name, s.Line, s, strings.Join(out.Reasons, "; "))
		if cite := s.Ref.String(); cite != "" {
			note += " (" + s.Level.String() + ", " + cite + ")"
		}
		c.report(&capture.Event{Kind: capture.Note, Time: now, Text: note})
	}
	slices.SortStableFunc(out.Messages, func(a, b *decode.Message) int { return a.Time.Compare(b.Time) })
}
