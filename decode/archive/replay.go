package archive

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode"
)

// Replay reports to a sink every fact about some connections that was reported to the
// archive, in the order in which it arrived. Of a connection whose layers were opened it
// reports the text of IMAP, not the wire's bytes; of one with a layer that never was, that
// layer's bytes follow. Bytes that were not kept are a Gap. A
// connection that has not ended is closed with capture.EndOfCapture once everything
// has been reported that was there when Replay began; so is one whose journal cannot
// be read further, and Replay returns that error at the end.
func (r *Reader) Replay(ctx context.Context, s capture.Sink, ids ...capture.ConnID) error {
	p := replay{r: r, sink: s}
	for _, id := range ids {
		c, end, err := r.journalOf(id)
		if err != nil {
			return fmt.Errorf("connection %d: %w", id, err)
		}
		l := &line{conn: c, end: end, came: c.opened, last: c.info.Start}
		l.layered, l.raw = r.carried(c)
		l.a, l.blocks = r.a, &r.blocks
		p.lines = append(p.lines, l)
	}
	heap.Init(&p.lines)
	for len(p.lines) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := p.lines[0]
		if err := p.step(l); err != nil {
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

// replay merges several journals.
type replay struct {
	r     *Reader
	sink  capture.Sink
	lines lines
	buf   []byte
	err   error // of the first journal that could not be read further
}

// line is one of the journals and its next event.
type line struct {
	cursor
	conn *conn
	end  place
	off  [2]int64         // position in each direction after what was read
	raw  decode.UpgradeTo // the layer whose bytes are reported; 0 if none is

	layered bool
	last    time.Time

	next capture.Event // the zero Event: the connection's beginning
	came moment
	pos  int64 // where its bytes are
	kept bool  // its bytes were kept
	over bool
}

// lines is a heap with the earliest event on top.
type lines []*line

func (x lines) Len() int      { return len(x) }
func (x lines) Swap(i, j int) { x[i], x[j] = x[j], x[i] }
func (x *lines) Push(l any)   { *x = append(*x, l.(*line)) }

func (x lines) Less(i, j int) bool {
	if x[i].came == x[j].came {
		return x[i].conn.index < x[j].conn.index
	}
	return x[i].came.before(x[j].came)
}

func (x *lines) Pop() any {
	l := (*x)[len(*x)-1]
	*x = (*x)[:len(*x)-1]
	return l
}

// step reports the next event of a journal, and advances it.
func (p *replay) step(l *line) error {
	if l.next.Kind == 0 {
		info := l.conn.info.Conn
		l.next = capture.Event{Kind: capture.Opened, Conn: info.ID, Time: info.Start, Info: &info}
		if err := p.sink.Event(&l.next); err != nil {
			return err
		}
		if err := l.seek(l.conn, place{}); err != nil {
			p.breakOff(l, err)
			return nil
		}
	} else if err := p.report(l); err != nil || l.over {
		return err
	}
	if err := p.advance(l); err != nil {
		p.breakOff(l, err)
	}
	return nil
}

// breakOff ends a connection whose journal cannot be read further.
func (p *replay) breakOff(l *line, err error) {
	p.fail(l, err)
	l.next = capture.Event{Kind: capture.Closed, Conn: l.conn.info.ID, Time: l.last, Cause: capture.EndOfCapture}
}

func (p *replay) fail(l *line, err error) {
	if p.err == nil {
		p.err = fmt.Errorf("connection %d is complete up to %s: %w", l.conn.info.ID, l.last.Format(time.RFC3339Nano), err)
	}
}

// advance reads the next event.
func (p *replay) advance(l *line) error {
	for {
		_, kd, body, ok, err := l.cursor.next(l.end)
		if err != nil {
			return err
		}
		if !ok {
			l.next = capture.Event{Kind: capture.Closed, Conn: l.conn.info.ID, Time: l.last, Cause: capture.EndOfCapture}
			return nil
		}
		d := decoder{b: body, names: p.r.names, base: l.conn.info.Start}
		if !l.read(kd, &d) {
			continue
		}
		l.next.Conn = l.conn.info.ID
		return d.err()
	}
}

// read reads an entry, if it is a fact.
func (l *line) read(kd kind, d *decoder) bool {
	switch kd {
	case streamEntry:
		k := d.stream()
		dir := k.of.dir()
		if of := k.of.of(); of != 0 && of != l.raw {
			return false
		}
		l.next = capture.Event{Kind: capture.Data, Dir: dir, Time: k.time, Off: l.off[dir], N: k.n}
		if k.lost > 0 {
			l.next.Kind, l.next.N = capture.Gap, k.lost
		}
		l.off[dir] += k.n + k.lost
		l.came, l.pos, l.kept = k.came, k.pos, k.kept
	case noteEntry:
		e, came := d.note()
		l.next, l.came = capture.Event{Kind: capture.Note, Time: e.Time, Text: e.Text}, came
	case upgradeEntry: // which comes with what came last
		u := d.upgrade()
		if u.To == l.raw {
			return false
		}
		l.next = capture.Event{Kind: capture.Note, Time: u.Time, Text: decode.OpenedNote(u.To)}
	case againEntry:
		if l.layered && l.raw == 0 { // bytes of a layer, which have no place in the text
			return false
		}
		e, _, came := d.again()
		l.next, l.came = capture.Event{Kind: capture.Again, Dir: e.Dir, Time: e.Time, Off: e.From, N: e.Octets}, came
	case halfEntry:
		e, came := d.half()
		l.next, l.came = capture.Event{Kind: capture.HalfClosed, Dir: e.Dir, Time: e.Time, Cause: e.Cause}, came
	case closedEntry:
		e, came := d.closed()
		l.next, l.came = capture.Event{Kind: capture.Closed, Time: e.Time, Cause: e.Cause}, came
	default:
		return false
	}
	return true
}

// report passes the next event to the sink; Data with its bytes, which become a gap
// if they were not kept. Until then, N is their number.
func (p *replay) report(l *line) error {
	e := &l.next
	l.over = e.Kind == capture.Closed
	l.last = e.Time
	if e.Kind == capture.Data {
		n := e.N
		e.N = 0
		kept := l.kept
		if kept {
			b, err := p.r.bytes(p.buf[:0], l.pos, n)
			if err != nil {
				kept = false
			}
			if err != nil && !errors.Is(err, ErrNotKept) {
				p.fail(l, err)
			}
			p.buf, e.Data = b, b
		}
		if !kept {
			e.Kind, e.N, e.Data = capture.Gap, n, nil
		}
	}
	return p.sink.Event(e)
}
