package intercept

import (
	"bytes"
	"slices"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/redact"
	"imapscope/decode/wire"
)

// holder is the agent of Holds on a connection.
type holder struct {
	holds *Holds
	conn  *Conn

	version uint64
	rules   []Rule // with filters of its own: they are not for concurrent use
	step    bool
	gone    bool

	originals []*Original // whose answers are collected
}

// Agent implements Stage.
func (h *Holds) Agent(c *Conn) Agent {
	a := &holder{holds: h, conn: c}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns[c.Info.ID] = a
	return a
}

// update brings the rules up to date.
func (a *holder) update() {
	h := a.holds
	if h.version.Load() == a.version {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	a.version, a.step, a.gone = h.version.Load(), h.step, h.gone
	a.rules = slices.Clone(h.rules)
	for i := range a.rules {
		a.rules[i].Filter = a.rules[i].Filter.Clone()
	}
}

// Wants implements Agent.
func (a *holder) Wants(h *Head) bool {
	a.update()
	if len(a.originals) > 0 && h.Dir == capture.ServerToClient {
		return true
	}
	if a.gone {
		return false
	}
	return a.step && h.Dir == capture.ClientToServer ||
		slices.ContainsFunc(a.rules, func(r Rule) bool { return r.about(h.Dir) })
}

// Act implements Agent.
func (a *holder) Act(m *Message) {
	if len(a.originals) > 0 {
		a.originals = slices.DeleteFunc(a.originals, func(o *Original) bool { return !o.collect(m) })
	}
	if a.gone {
		return
	}
	ruled := slices.ContainsFunc(a.rules, func(r Rule) bool { return r.about(m.Dir) && r.Filter.Match(m.Seen()) })
	if ruled || a.step && m.Kind == decode.Request {
		a.hold(m, !ruled)
	}
}

// tooLong follows a message that passes as it comes. Which command it answers is not known until
// it has ended, so it may be missing in each answer that is collected.
func (a *holder) tooLong(h *Head) {
	if h.Dir == capture.ClientToServer {
		return
	}
	a.originals = slices.DeleteFunc(a.originals, func(o *Original) bool {
		o.cut = true
		tag, _ := wire.Word(o.Command)
		return bytes.Equal(tag, h.Tag)
	})
}

// hold holds a message; stepped if that is because of step mode only.
func (a *holder) hold(m *Message, stepped bool) {
	w := &Held{
		Conn: a.conn.Info, Dir: m.Dir, Tag: string(m.Tag), Word: m.Word, Raw: bytes.Clone(m.Out()), Since: time.Now(),
		holds: a.holds, on: a.conn, name: nameOf(m), shownTag: m.tag(), secrets: secretsOf(m), request: m.Kind == decode.Request, stepped: stepped,
	}
	if m.Txn != nil {
		w.Txn = m.Txn.N
	}
	h := a.holds
	h.mu.Lock()
	if h.gone { // since the last update
		h.mu.Unlock()
		return
	}
	h.last++
	w.ID = h.last
	h.waiting = append(h.waiting, w)
	h.mu.Unlock()
	m.Hold(w)
	limit := h.Timeout
	if limit == 0 {
		limit = DefaultHoldTimeout
	}
	a.conn.After(limit, func() {
		go h.release(w.ID, verdict{why: "its time was up"}) //nolint:errcheck // it may be gone
	})
	if h.Announce != nil {
		h.Announce(w)
	}
	h.signal()
}

// nameOf returns what notes call a message. It is not taken from the wire, where a secret may be
// in the place of a word.
func nameOf(m *Message) string {
	if m.Row != nil {
		return m.Row.Name
	}
	if m.Dir == capture.ClientToServer {
		return "a line of the client"
	}
	return "a line of the server"
}

// secretsOf returns the places of what is sent in place of a message that are secret. If a stage
// changed a message with secrets, all of it but its first word may be.
func secretsOf(m *Message) []wire.Span {
	out := m.Out()
	switch {
	case len(m.Secrets) == 0:
		return nil
	case bytes.Equal(out, m.Raw):
		return slices.Clone(m.Secrets)
	}
	tag, _ := wire.Word(out)
	from := bytes.Index(out, tag) + len(tag)
	if len(m.Secrets) > 0 && m.Secrets[0].Start == 0 {
		from = 0
	}
	return []wire.Span{{Start: from, End: len(out)}}
}

// masked returns a copy of raw without its secrets, as decode/redact masks them.
func masked(raw []byte, secrets []wire.Span) []byte {
	out := bytes.Clone(raw)
	for _, s := range secrets {
		for i := s.Start; i < s.End; i++ {
			if out[i] != '\r' && out[i] != '\n' {
				out[i] = redact.Hidden
			}
		}
	}
	return out
}

// sideEnded follows the end of a direction: a request to a server that has closed is not answered
// any more, so it is discarded.
func (a *holder) sideEnded(dir capture.Direction) {
	if dir != capture.ServerToClient {
		return
	}
	h := a.holds
	for _, w := range h.Waiting() {
		if w.on == a.conn && w.Dir == capture.ClientToServer {
			h.release(w.ID, verdict{changes: true, why: "discarded: the server closed the connection"}) //nolint:errcheck // it may be gone
		}
	}
}

// Close implements Agent.
func (a *holder) Close() {
	h := a.holds
	h.mu.Lock()
	var ended []*Held
	h.waiting = slices.DeleteFunc(h.waiting, func(w *Held) bool {
		if w.on == a.conn {
			ended = append(ended, w)
		}
		return w.on == a.conn
	})
	h.mu.Unlock()
	for _, w := range ended {
		a.conn.note(w.heldNote("discarded: the connection ended"))
	}
	h.mu.Lock()
	delete(h.conns, a.conn.Info.ID)
	h.mu.Unlock()
	h.signal()
}
