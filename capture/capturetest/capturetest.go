// Package capturetest helps tests report facts to a capture.Sink, and compare the facts that a Sink received.
package capturetest

import (
	"fmt"
	"time"

	"imapscope/capture"
)

// Driver reports facts to a Sink, one per call.
type Driver struct{ sink capture.Sink }

// To returns a Driver that reports to s.
func To(s capture.Sink) Driver { return Driver{s} }

// Open reports that a connection was opened.
func (d Driver) Open(c capture.Conn) error {
	return d.sink.Event(&capture.Event{Kind: capture.Opened, Conn: c.ID, Time: c.Start, Info: &c})
}

// Data reports bytes, the first of them at stream position off.
func (d Driver) Data(id capture.ConnID, dir capture.Direction, t time.Time, off int64, data []byte) error {
	return d.sink.Event(&capture.Event{Kind: capture.Data, Conn: id, Dir: dir, Time: t, Off: off, Data: data})
}

// Gap reports n bytes from off on that were not captured.
func (d Driver) Gap(id capture.ConnID, dir capture.Direction, t time.Time, off, n int64) error {
	return d.sink.Event(&capture.Event{Kind: capture.Gap, Conn: id, Dir: dir, Time: t, Off: off, N: n})
}

// Again reports n bytes from off on that were captured again.
func (d Driver) Again(id capture.ConnID, dir capture.Direction, t time.Time, off, n int64) error {
	return d.sink.Event(&capture.Event{Kind: capture.Again, Conn: id, Dir: dir, Time: t, Off: off, N: n})
}

// HalfClose reports that one side ended its direction.
func (d Driver) HalfClose(id capture.ConnID, dir capture.Direction, t time.Time, cause capture.Cause) error {
	return d.sink.Event(&capture.Event{Kind: capture.HalfClosed, Conn: id, Dir: dir, Time: t, Cause: cause})
}

// Note reports a remark.
func (d Driver) Note(id capture.ConnID, t time.Time, text string) error {
	return d.sink.Event(&capture.Event{Kind: capture.Note, Conn: id, Time: t, Text: text})
}

// Close reports that a connection ended.
func (d Driver) Close(id capture.ConnID, t time.Time, cause capture.Cause) error {
	return d.sink.Event(&capture.Event{Kind: capture.Closed, Conn: id, Time: t, Cause: cause})
}

// Secrets reports key log lines.
func (d Driver) Secrets(lines []byte) error {
	return d.sink.Event(&capture.Event{Kind: capture.Secrets, Data: lines})
}

// Facts is a Sink that keeps a copy of every event.
type Facts struct {
	Events []capture.Event
	// Skip reports whether an event is not kept; nil keeps all.
	Skip func(*capture.Event) bool
}

// Event implements capture.Sink.
func (f *Facts) Event(e *capture.Event) error {
	if f.Skip != nil && f.Skip(e) {
		return nil
	}
	f.Events = append(f.Events, Clone(e))
	return nil
}

// Clone returns a copy of e that shares no memory with it.
func Clone(e *capture.Event) capture.Event {
	c := *e
	c.Buffer = nil
	c.Data = append([]byte(nil), e.Data...)
	if e.Info != nil {
		info := *e.Info
		c.Info = &info
	}
	return c
}

// Lines returns the facts as text, one line each. The division of bytes into
// events is not shown: Data that continues Data of the same direction and time is
// joined to it. The Origin of a connection is left out.
func (f *Facts) Lines() []string {
	var out []string
	var joined capture.Event
	flush := func() {
		if joined.Kind != 0 {
			out = append(out, Line(&joined))
		}
		joined = capture.Event{}
	}
	for i := range f.Events {
		e := Clone(&f.Events[i])
		if e.Kind == capture.Data {
			if j := &joined; j.Kind != 0 && j.Conn == e.Conn && j.Dir == e.Dir && j.Time.Equal(e.Time) && j.Off+int64(len(j.Data)) == e.Off {
				j.Data = append(j.Data, e.Data...)
				continue
			}
			flush()
			joined = e
			continue
		}
		flush()
		out = append(out, Line(&e))
	}
	flush()
	return out
}

// Line returns one fact as text.
func Line(e *capture.Event) string {
	s := fmt.Sprintf("%d %s %s", e.Conn, e.Time.UTC().Format("15:04:05.000000000"), e.Kind)
	switch e.Kind {
	case capture.Opened:
		i := e.Info
		s += fmt.Sprintf(" %s > %s mid=%t", i.Client, i.Server, i.MidStream)
	case capture.Data:
		s += fmt.Sprintf(" %s %d %q", e.Dir, e.Off, e.Data)
	case capture.Secrets:
		s += fmt.Sprintf(" %q", e.Data)
	case capture.Gap, capture.Again:
		s += fmt.Sprintf(" %s %d +%d", e.Dir, e.Off, e.N)
	case capture.HalfClosed:
		s += fmt.Sprintf(" %s %s", e.Dir, map[capture.Cause]string{capture.FIN: "FIN", capture.RST: "RST"}[e.Cause])
	case capture.Note:
		s += " " + e.Text
	case capture.Closed:
		s += " " + e.Cause.String()
	}
	return s
}
