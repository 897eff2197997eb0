package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"go.starlark.net/starlark"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/excerpt"
	"imapscope/decode/filter"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept"
)

// Failed is how the note begins that says that a rule failed.
const Failed = "rewriting failed: "

// A Stage is an intercept.Stage that lets programs rewrite messages. Its methods may be called
// concurrently.
type Stage struct {
	Programs []*Program
	Log      *slog.Logger // nil: nothing is logged
	// Limit is how many bytes take the place of a message at most; 0 means
	// intercept.DefaultLimit.
	Limit int
}

// Agent implements intercept.Stage.
func (s *Stage) Agent(c *intercept.Conn) intercept.Agent {
	a := &agent{stage: s, conn: c, failed: make(map[*bound]bool)}
	for _, p := range s.Programs {
		i, err := p.start(writer(func(text string) { a.print(p, nil, text) }))
		if err != nil {
			a.report(p.name, "", err)
			continue
		}
		a.instances = append(a.instances, i)
	}
	return a
}

// writer is an io.Writer that receives lines.
type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

// agent rewrites the messages of one connection.
type agent struct {
	stage     *Stage
	conn      *intercept.Conn
	instances []*instance
	failed    map[*bound]bool // rules whose failure was noted
	row       filter.Row
}

// Wants implements intercept.Agent.
func (a *agent) Wants(h *intercept.Head) bool {
	for _, i := range a.instances {
		for r := range i.rules {
			if i.rules[r].dir == h.Dir {
				return true
			}
		}
	}
	return false
}

// Close implements intercept.Agent.
func (a *agent) Close() {}

// Act implements intercept.Agent.
func (a *agent) Act(m *intercept.Message) {
	switch m.Kind {
	case decode.Request, decode.Greeting, decode.Untagged, decode.Tagged:
	default:
		return
	}
	if m.Out() == nil {
		return
	}
	w := work{agent: a, of: m}
	for _, i := range a.instances {
		for r := range i.rules {
			rule := &i.rules[r]
			if rule.dir != m.Dir || !rule.filter.Match(a.seen(m)) {
				continue
			}
			if !w.apply(i, rule) {
				return
			}
		}
	}
	w.finish()
}

// seen returns what conditions see of a message: what filters do, and for a response what kind
// it is, even if it belongs to a command.
func (a *agent) seen(m *intercept.Message) *filter.Row {
	row := m.Seen()
	if m.Dir == capture.ClientToServer {
		return row
	}
	a.row = *row
	a.row.Kind = m.Word
	if a.row.Tag == "" {
		a.row.Tag = string(m.Tag)
	}
	return &a.row
}

// work is one message on its way through the rules.
type work struct {
	agent   *agent
	of      *intercept.Message
	out     []byte   // what the rules so far have made of it; nil if that is what came
	by      string   // the rule that did
	current *message // out as values, or what came; nil until it is needed
}

// tree returns the message as values.
func (w *work) tree() (m *message, err error) {
	if w.current != nil {
		return w.current, nil
	}
	client := w.of.Dir == capture.ClientToServer
	if w.out != nil {
		m, err = parse(w.out, client)
	} else {
		m, err = newMessage(w.of.Tree(), w.of.Raw, client)
	}
	if err != nil {
		return nil, err
	}
	if t := w.of.Txn; t != nil && !client {
		m.command, m.answers = t.Command, t.Tag
	}
	w.current = m
	return m, nil
}

// apply lets a rule act. It returns false if no further rule is to see the message.
func (w *work) apply(i *instance, r *bound) bool {
	m, err := w.tree()
	if err != nil {
		w.fail(i, r, err)
		return true
	}
	c := call{instance: i, message: m, print: func(s string) { w.agent.print(i.program, w.of, s) }}
	v, err := c.run(func(t *starlark.Thread) (starlark.Value, error) {
		return starlark.Call(t, r.body, starlark.Tuple{m}, nil)
	})
	if err != nil {
		w.current = nil // it may have changed it
		w.fail(i, r, place(err))
		return true
	}
	more, err := w.result(m, v, i.program.name+", "+r.name)
	if err != nil {
		w.fail(i, r, err)
	}
	return more || err != nil
}

// result uses what a rule returned for a message. It returns false if no further rule is to see
// the message.
func (w *work) result(m *message, v starlark.Value, by string) (more bool, err error) {
	if v == starlark.None || v == m {
		if !m.changed() {
			return true, nil
		}
		w.current = nil
		if v == m {
			return true, w.change(m, by)
		}
		return true, nil
	}
	w.current = nil
	switch v := v.(type) {
	case *message:
		if v.client == m.client {
			return true, w.change(v, by)
		}
		return false, w.replace(starlark.NewList([]starlark.Value{v}), by)
	case *starlark.List:
		return false, w.replace(v, by)
	}
	return true, fmt.Errorf("it returned a %s", v.Type())
}

// change makes another message of the message, for the rules that follow.
func (w *work) change(m *message, by string) error {
	out, err := m.append(nil, w.limit())
	if err == nil {
		w.out, w.by = out, by
	}
	return err
}

// finish sends what the rules have made of a message.
func (w *work) finish() {
	if w.out != nil && !bytes.Equal(w.out, w.of.Raw) {
		w.of.Change(w.out, capture.ByEdit, w.by)
	}
}

func (w *work) limit() int {
	if w.agent.stage.Limit > 0 {
		return w.agent.stage.Limit
	}
	return intercept.DefaultLimit
}

// replace sends a list of messages in place of the one. Nothing is sent if one of them cannot be.
func (w *work) replace(list *starlark.List, by string) error {
	var requests, responses [][]byte
	left := w.limit()
	for i := range list.Len() {
		m, ok := list.Index(i).(*message)
		if !ok {
			return fmt.Errorf("it returned a list with a %s", list.Index(i).Type())
		}
		b, err := m.append(nil, left)
		if err != nil {
			return err
		}
		if left -= len(b); m.client {
			requests = append(requests, b)
		} else {
			responses = append(responses, b)
		}
	}
	w.send(requests, responses, by)
	return nil
}

// send replaces the message by those of its own direction, and adds the others.
func (w *work) send(requests, responses [][]byte, by string) {
	c := w.agent.conn
	if w.of.Dir == capture.ServerToClient {
		w.of.Change(joined(responses), capture.ByEdit, by)
		for _, b := range requests {
			c.Inject(capture.ClientToServer, b, capture.ByEdit, by)
		}
		return
	}
	var first []byte
	if len(requests) > 0 {
		first, requests = requests[0], requests[1:]
	}
	w.of.Change(first, capture.ByEdit, by)
	for _, b := range requests {
		c.Inject(capture.ClientToServer, b, capture.ByEdit, by)
	}
	for _, b := range responses {
		c.Answer(b, capture.ByEdit, by)
	}
}

// joined returns the bytes of messages; nil if there are none.
func joined(list [][]byte) (out []byte) {
	for _, b := range list {
		out = append(out, b...)
	}
	return out
}

// fail reports that a rule failed: in the stream once for each connection, in the log once.
func (w *work) fail(i *instance, r *bound, err error) {
	a := w.agent
	if !a.failed[r] {
		a.failed[r] = true
		a.fail(i.program.name+", "+r.name, w.of, err)
	}
	if r.failed.CompareAndSwap(false, true) {
		a.report(i.program.name, r.name, errors.New(masked(w.of, err.Error())))
	}
}

// fail notes in the stream that what a rule made of a message is not sent.
func (a *agent) fail(by string, m *intercept.Message, err error) {
	a.conn.Note(Failed + by + ": " + clip(masked(m, err.Error())) + "; the message passes unchanged")
}

// report logs that a rule failed.
func (a *agent) report(program, rule string, err error) {
	if a.stage.Log != nil {
		a.stage.Log.Warn("rewriting failed; the traffic passes unchanged", "program", program, "rule", rule, "error", clip(err.Error()))
	}
}

// print logs what a program prints.
func (a *agent) print(p *Program, m *intercept.Message, s string) {
	if a.stage.Log != nil {
		a.stage.Log.Info(clip(masked(m, s)), "program", p.name, "conn", a.conn.Info.ID)
	}
}

// maxText is how long the text of a note or of a line of the log is at most, in bytes.
const maxText = 500

func clip(s string) string { return excerpt.Head(s, maxText) }

// masked hides the secrets of a connection, and of a message, in a text.
func masked(m *intercept.Message, s string) string {
	if m == nil {
		return s
	}
	const stars = "********"
	for _, at := range m.Secrets {
		s = hide(s, at, m.Raw, stars)
	}
	return m.Known.Hide(s, stars)
}

func hide(s string, at wire.Span, raw []byte, mask string) string {
	if at.Len() == 0 {
		return s
	}
	return strings.ReplaceAll(s, string(at.Of(raw)), mask)
}
