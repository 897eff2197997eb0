package archive

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"imapscope/capture"
)

// Replay tells a sink of connections what the archive was told of them, in the order
// in which it came: chunk by chunk, remarks too if s is a capture.Noter. Octets that
// were not kept are told as lost. A connection that has not ended is closed with
// capture.ErrEnd once all has been told that there was when Replay began; so is one
// whose journal cannot be read on, and Replay returns that error when it is through.
func (r *Reader) Replay(ctx context.Context, s capture.Sink, ids ...capture.ConnID) error {
	p := replay{r: r, sink: s}
	p.noter, _ = s.(capture.Noter)
	for _, id := range ids {
		c, end, err := r.journalOf(id)
		if err != nil {
			return fmt.Errorf("connection %d: %w", id, err)
		}
		l := &line{conn: c, end: end, pos: c.opened, last: c.info.Start}
		l.a, l.blocks = r.a, &r.blocks
		p.lines = append(p.lines, l)
	}
	heap.Init(&p.lines)
	for len(p.lines) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := p.lines[0]
		if err := p.tell(l); err != nil {
			return err
		}
		if l.over {
			heap.Pop(&p.lines)
		} else {
			heap.Fix(&p.lines, 0)
		}
	}
	return p.err
}

// replay is several journals told as one.
type replay struct {
	r     *Reader
	sink  capture.Sink
	noter capture.Noter
	lines lines
	buf   []byte
	err   error // the first journal that could not be read on
}

// line is one of the journals, and what of it comes next.
type line struct {
	cursor
	conn *conn
	end  place
	off  [2]int64
	last time.Time

	pos  int64 // how long the spool was when it came
	next event // nil: the connection's beginning
	over bool
}

// event is something to tell a sink.
type event interface {
	tell(p *replay, l *line) error
}

// lines is a heap: what came first is on top.
type lines []*line

func (x lines) Len() int      { return len(x) }
func (x lines) Swap(i, j int) { x[i], x[j] = x[j], x[i] }
func (x *lines) Push(l any)   { *x = append(*x, l.(*line)) }

func (x lines) Less(i, j int) bool {
	if x[i].pos != x[j].pos {
		return x[i].pos < x[j].pos
	}
	return x[i].conn.index < x[j].conn.index
}

func (x *lines) Pop() any {
	l := (*x)[len(*x)-1]
	*x = (*x)[:len(*x)-1]
	return l
}

// tell tells what comes next of a journal, and looks for what comes then.
func (p *replay) tell(l *line) error {
	if l.next == nil {
		if err := p.sink.Open(l.conn.info.Conn); err != nil {
			return err
		}
		if err := l.seek(l.conn, place{}); err != nil {
			p.breakOff(l, err)
			return nil
		}
	} else if err := l.next.tell(p, l); err != nil || l.over {
		return err
	}
	if err := p.advance(l); err != nil {
		p.breakOff(l, err)
	}
	return nil
}

// breakOff ends a connection of which no more can be read.
func (p *replay) breakOff(l *line, err error) {
	p.fail(l, err)
	l.next = ending{l.last, capture.ErrEnd}
}

func (p *replay) fail(l *line, err error) {
	if p.err == nil {
		p.err = fmt.Errorf("connection %d is whole up to %s: %w", l.conn.info.ID, l.last.Format(time.RFC3339Nano), err)
	}
}

// advance reads what comes next.
func (p *replay) advance(l *line) error {
	for {
		_, kd, body, ok, err := l.cursor.next(l.end)
		if err != nil {
			return err
		}
		d := decoder{b: body, names: p.r.names, base: l.conn.info.Start}
		switch {
		case !ok:
			l.next = ending{l.last, capture.ErrEnd}
			return nil
		case kd == chunkEntry:
			k := d.chunk()
			l.next, l.pos = k, k.pos
		case kd == noteEntry:
			n := d.note()
			l.next, l.pos = n, n.pos
		case kd == closedEntry:
			e, pos := d.closed()
			l.next, l.pos = ending{e.Time, e.Cause}, pos
		default:
			continue
		}
		return d.err()
	}
}

func (k told) tell(p *replay, l *line) error {
	k.Conn = l.conn.info.ID
	l.last = k.Time
	l.off[k.Dir] += k.Lost
	k.Off = l.off[k.Dir]
	l.off[k.Dir] += k.n
	if k.kept {
		b, err := p.r.octets(p.buf[:0], k.pos, k.n)
		if err != nil {
			k.kept = false
		}
		if err != nil && !errors.Is(err, ErrNotKept) {
			p.fail(l, err)
		}
		p.buf, k.Data = b, b
	}
	if !k.kept {
		k.Lost += k.n
		k.Off, k.Data = l.off[k.Dir], nil
	}
	return p.sink.Chunk(k.Chunk)
}

func (n note) tell(p *replay, l *line) error {
	l.last = n.time
	if p.noter == nil {
		return nil
	}
	return p.noter.Note(l.conn.info.ID, n.time, n.text)
}

// ending is the end of a connection.
type ending struct {
	time  time.Time
	cause error
}

func (e ending) tell(p *replay, l *line) error {
	l.over = true
	return p.sink.Close(l.conn.info.ID, e.time, e.cause)
}
