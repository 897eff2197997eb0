package learn

import (
	"bytes"

	"imapscope/capture"
	"imapscope/proxy/intercept"
	"imapscope/samples/lesson"
)

// Holds returns what holds typed commands; nil if the lesson's commands pass through no proxy.
func (t *Tutor) Holds() *intercept.Holds { return t.holds }

// held returns the command that waits; nil if none does.
func (t *Tutor) held() *intercept.Held {
	if t.holds == nil {
		return nil
	}
	if w := t.holds.Waiting(); len(w) > 0 {
		return w[0]
	}
	return nil
}

// release releases what waits: as it is, or as a line in its place.
func (t *Tutor) release(w *intercept.Held, line string) {
	t.version++
	t.said = ""
	if err := lesson.Release(t.holds, w, line); err != nil {
		t.said = err.Error()
	}
}

// relay begins a conversation through the proxy. Its legs have this serial number and the next.
func (t *Tutor) relay(serial int) {
	conv, err := t.lesson.Converse(t.typed.session, t.holds, uint16(firstPort+2*serial%1000), legs{t, serial})
	if err != nil { // Parse has read the faults
		t.said = err.Error()
		return
	}
	t.typed.conv = conv
}

// hold has the proxy hold what the current step asks for, of what is typed from now on.
func (t *Tutor) hold() {
	if t.holds == nil {
		return
	}
	var rules []intercept.Rule
	if s := &t.lesson.Steps[t.at]; s.Hold != "" {
		r, err := s.Rule(t.typed.sent)
		if err != nil { // Parse has read it
			t.said = err.Error()
			return
		}
		rules = append(rules, r)
	}
	t.holds.SetRules(rules)
}

// hangUp closes the conversation through the proxy. The end is reported by the proxy.
func (t *Tutor) hangUp() {
	if c := t.typed.conv; c != nil {
		t.typed.conv = nil
		t.closing.Go(c.Close)
	}
}

// legs is the Sink of a conversation through the proxy.
type legs struct {
	t      *Tutor
	serial int
}

// Event implements capture.Sink. It is called while the proxy has the connection locked, and takes
// no lock but that of the queue.
func (l legs) Event(e *capture.Event) error {
	c := *e
	c.Data = bytes.Clone(e.Data)
	if e.Info != nil {
		info := *e.Info
		c.Info = &info
	}
	l.t.enqueue(func(s capture.Sink, recordings capture.ConnID) error {
		over := c.Kind == capture.Closed && c.Conn == 1
		c.Conn += recordings + capture.ConnID(l.serial) - 1
		if c.Info != nil {
			c.Info.ID = c.Conn
		}
		if over {
			l.t.over(l.serial)
		}
		return s.Event(&c)
	})
	return nil
}

// over records that a conversation has ended.
func (t *Tutor) over(serial int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.typed.serial == serial {
		t.hangUp()
		t.typed.session, t.typed.within = nil, false
		t.version++
	}
}
