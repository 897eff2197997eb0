package pcap

import (
	"fmt"
	"strings"

	"imapscope/capture"
)

// recorder is a sink that records what it receives, and checks it against the
// contract of capture.Sink.
type recorder struct {
	t      errorer
	log    []string
	data   map[capture.ConnID]*[2]strings.Builder
	off    map[capture.ConnID]*[2]int64
	lost   map[capture.ConnID]*[2]int64
	closed map[capture.ConnID]capture.Cause
	gap    capture.Event // the last event, if it was one
	halves []string      // who ended a direction, and how
	conns  []capture.Conn
	places [2][]place // of connection 1, by direction
	heard  []hearing  // its data in order
	stats  Stats      // at the end
}

// place is a chunk where it belongs.
type place struct {
	off  int
	data string
}

// hearing is a chunk, and where the other direction was when it came.
type hearing struct {
	dir   capture.Direction
	place place
	other int64
}

// errorer is a test, a benchmark or a property.
type errorer interface{ Errorf(string, ...any) }

func newRecorder(t errorer) *recorder {
	return &recorder{
		t:      t,
		data:   make(map[capture.ConnID]*[2]strings.Builder),
		off:    make(map[capture.ConnID]*[2]int64),
		lost:   make(map[capture.ConnID]*[2]int64),
		closed: make(map[capture.ConnID]capture.Cause),
	}
}

func (r *recorder) Event(e *capture.Event) error {
	if e.Kind == capture.Opened {
		r.open(e.Info)
		return nil
	}
	if e.Kind == capture.Secrets { // of no connection
		return nil
	}
	if _, closed := r.closed[e.Conn]; r.data[e.Conn] == nil || closed {
		r.t.Errorf("%v of connection %d, which is not open", e.Kind, e.Conn)
		return nil
	}
	lost := r.gapBefore(e)
	switch e.Kind {
	case capture.Data:
		r.bytes(e, lost)
	case capture.Gap:
		r.gap = *e
	case capture.Again:
		r.log = append(r.log, fmt.Sprintf("%v: %d bytes again", e.Dir, e.N))
		if off := r.off[e.Conn][e.Dir]; e.N <= 0 || e.Off+e.N > off {
			r.t.Errorf("%d bytes again at %d, after %d", e.N, e.Off, off)
		}
	case capture.HalfClosed:
		r.halves = append(r.halves, fmt.Sprintf("%v %v", e.Dir, e.Cause))
	case capture.Closed:
		r.closed[e.Conn] = e.Cause
		word := map[capture.Cause]string{capture.FIN: "fin", capture.RST: "rst", capture.EndOfCapture: "end", capture.Idle: "idle"}[e.Cause]
		r.log = append(r.log, "close "+word)
	}
	return nil
}

func (r *recorder) open(c *capture.Conn) {
	if r.data[c.ID] != nil || int(c.ID) != len(r.conns)+1 {
		r.t.Errorf("connection %d opened after %d others", c.ID, len(r.conns))
	}
	r.conns = append(r.conns, *c)
	r.data[c.ID], r.off[c.ID], r.lost[c.ID] = new([2]strings.Builder), new([2]int64), new([2]int64)
	mid := ""
	if c.MidStream {
		mid = " mid"
	}
	r.log = append(r.log, fmt.Sprintf("open %s>%s%s", c.Client, c.Server, mid))
}

// gapBefore checks the gap before e. If e is the data after it, it returns how much
// was lost, to be written down with the data.
func (r *recorder) gapBefore(e *capture.Event) int64 {
	g := r.gap
	r.gap = capture.Event{}
	if g.Kind == 0 {
		return 0
	}
	off := &r.off[g.Conn][g.Dir]
	if g.Off != *off || g.N <= 0 {
		r.t.Errorf("a gap of %d at %d, want %d", g.N, g.Off, *off)
	}
	*off += g.N
	r.lost[g.Conn][g.Dir] += g.N
	if e.Kind == capture.Data && e.Conn == g.Conn && e.Dir == g.Dir {
		return g.N
	}
	r.log = append(r.log, fmt.Sprintf("%s!%d ", letter(g.Dir), g.N))
	if g.Conn == 1 {
		r.places[g.Dir] = append(r.places[g.Dir], place{off: int(*off)})
	}
	return 0
}

func (r *recorder) bytes(e *capture.Event, lost int64) {
	off := &r.off[e.Conn][e.Dir]
	if e.Off != *off || len(e.Data) == 0 {
		r.t.Errorf("%d bytes at %d, want %d", len(e.Data), e.Off, *off)
	}
	*off += int64(len(e.Data))
	r.data[e.Conn][e.Dir].Write(e.Data)
	if e.Conn == 1 {
		at := place{int(e.Off), string(e.Data)}
		r.places[e.Dir] = append(r.places[e.Dir], at)
		r.heard = append(r.heard, hearing{e.Dir, at, r.off[1][e.Dir.Reverse()]})
	}
	side := letter(e.Dir)
	if lost > 0 {
		side += fmt.Sprintf("!%d", lost)
	}
	r.log = append(r.log, fmt.Sprintf("%s %s", side, e.Data))
}

func letter(dir capture.Direction) string {
	if dir == capture.ServerToClient {
		return "S"
	}
	return "C"
}
