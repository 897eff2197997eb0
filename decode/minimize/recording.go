package minimize

import (
	"context"
	"time"

	"imapscope/capture"
)

// Recording is a number of connections in memory, or a part of them. It is a capture.Source, and
// is not changed once it is made.
type Recording struct {
	facts []fact
}

// fact is a capture.Event, and what it is part of. Its position follows from the facts before it.
type fact struct {
	kind   capture.Kind
	dir    capture.Direction
	cause  capture.Cause
	single bool // it can be dropped without the rest of its unit
	ends   bool // Closed: HalfClosed facts came before it in the recording
	conn   capture.ConnID
	time   time.Time
	n      int64 // of Gap and Again
	back   int64 // Again: how far before the stream's position it begins
	data   []byte
	text   string
	info   *capture.Conn

	id   int // the message that it is part of, or a number of its own; 0: it is there as long as the connection is
	unit int // the transaction that it is part of, likewise
}

// structural reports whether a fact is part of the connection as such.
func (f *fact) structural() bool { return f.id == 0 }

// where returns the facts for which keep reports true.
func (r *Recording) where(keep func(*fact) bool) *Recording {
	out := &Recording{facts: make([]fact, 0, len(r.facts))}
	for i := range r.facts {
		if keep(&r.facts[i]) {
			out.facts = append(out.facts, r.facts[i])
		}
	}
	return out
}

// Size is what a recording contains.
type Size struct {
	Conns, Commands int
	Octets          int64
}

// Size returns what the recording contains. Commands is the number of transactions.
func (r *Recording) Size() Size {
	var s Size
	units := make(map[int]bool)
	for i := range r.facts {
		f := &r.facts[i]
		switch f.kind {
		case capture.Opened:
			s.Conns++
		case capture.Data:
			s.Octets += int64(len(f.data))
			if f.unit != f.id {
				units[f.unit] = true
			}
		}
	}
	s.Commands = len(units)
	return s
}

// Run implements capture.Source.
func (r *Recording) Run(ctx context.Context, s capture.Sink) error {
	p := r.play()
	for i := 0; p.next(); i++ {
		if i&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.Event(&p.event); err != nil {
			return err
		}
	}
	return nil
}

// play begins to play the recording.
func (r *Recording) play() *playing {
	return &playing{left: r.facts, pos: make(map[capture.ConnID]*position)}
}

// playing makes events of facts.
type playing struct {
	left  []fact
	fact  *fact
	event capture.Event
	pos   map[capture.ConnID]*position
}

// position is where a connection is.
type position struct {
	off   [2]int64 // by direction
	last  time.Time
	ended [2]bool
}

// next makes the next event; it reports false if there is none.
func (p *playing) next() bool {
	if len(p.left) == 0 {
		return false
	}
	f := &p.left[0]
	p.fact, p.left = f, p.left[1:]
	e := &p.event
	*e = capture.Event{Kind: f.kind, Conn: f.conn, Dir: f.dir, Time: f.time, N: f.n, Data: f.data, Text: f.text, Cause: f.cause, Info: f.info}
	at := p.pos[f.conn]
	if at == nil {
		at = new(position)
		p.pos[f.conn] = at
	}
	switch f.kind {
	case capture.Data, capture.Gap:
		e.Off = at.off[f.dir]
		at.off[f.dir] += int64(len(f.data)) + f.n
	case capture.Again:
		e.Off = at.off[f.dir] - f.back
	case capture.HalfClosed:
		at.ended[f.dir] = true
	case capture.Closed:
		at.close(e, f.ends)
		delete(p.pos, f.conn)
		return true
	}
	if f.time.After(at.last) {
		at.last = f.time
	}
	return true
}

// close adapts the end of a connection: one whose ends were dropped ends because the capture
// does, and the capture ends with the last fact that is left.
func (at *position) close(e *capture.Event, ends bool) {
	if ends && !at.ended[0] && !at.ended[1] {
		e.Cause = capture.EndOfCapture
	}
	if (e.Cause == capture.EndOfCapture || e.Cause == capture.Idle) && !at.last.IsZero() && at.last.Before(e.Time) {
		e.Time = at.last
	}
}
