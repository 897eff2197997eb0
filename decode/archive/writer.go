package archive

import (
	"slices"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Writer is a capture.Sink that decodes what it receives and keeps it. Put a
// capture.Queue before it if the source must not wait, or a capture.Async to decode
// in parallel. Its errors are those of Options.Handler.
type Writer struct {
	a     *Archive
	demux *decode.Demux
}

// Event implements capture.Sink.
func (w *Writer) Event(e *capture.Event) error {
	defer w.a.tell()
	if e.Kind == capture.Opened {
		w.a.open(*e.Info)
	}
	err := w.demux.Event(e)
	w.a.spool.flush()
	return err
}

// ingest is the archive as a decode.Handler.
type ingest Archive

// Open implements decode.Handler.
func (g *ingest) Open(c capture.Conn) error {
	if h := g.opts.Handler; h != nil {
		return h.Open(c)
	}
	return nil
}

// Events implements decode.Handler.
func (g *ingest) Events(id capture.ConnID, events []decode.Event) error {
	a := (*Archive)(g)
	a.events(id, events)
	if a.opts.Handler == nil {
		return nil
	}
	a.others = a.others[:0]
	for _, e := range events {
		if _, ok := e.(*decode.Bytes); !ok {
			a.others = append(a.others, e)
		}
	}
	err := a.opts.Handler.Events(id, a.others)
	clear(a.others)
	return err
}

func (a *Archive) open(info capture.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := &conn{info: Conn{Conn: info, Last: info.Start}, index: uint32(len(a.conns)), opened: a.when(), run: make(map[int]*run)}
	c.tail = new(tail)
	a.conns = append(a.conns, c)
	a.byID[info.ID] = c.index
}

// when returns the current moment.
func (a *Archive) when() moment {
	a.facts++
	return moment{a.spool.size(), a.facts}
}

func (a *Archive) coder(c *conn) *coder {
	a.scratch.b, a.scratch.names, a.scratch.base = a.scratch.b[:0], &a.names, c.info.Start
	return &a.scratch
}

// stream keeps bytes of a stream, or that they are lost.
func (a *Archive) stream(c *conn, e *decode.Bytes) {
	c.info.Last = e.Time
	if e.Of == 0 && c.info.Upgraded == 0 || e.Of != 0 && e.Of == c.under().wire {
		c.info.Octets[e.Dir] += int64(len(e.Data))
		c.info.Lost[e.Dir] += e.Lost
	}
	at := a.when()
	kept := len(e.Data) > 0
	if kept {
		if at.pos, kept = a.spool.bytes(e.Data); !kept {
			a.lost += int64(len(e.Data))
		}
	}
	c.stream(a.coder(c), e, at, kept, a.spool)
}

func (a *Archive) events(id capture.ConnID, events []decode.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.conn(id)
	if c == nil {
		return
	}
	for _, e := range events {
		switch e := e.(type) {
		case *decode.Bytes:
			if len(e.Data) > 0 || e.Lost > 0 { // a layer may have begun before the first byte
				a.stream(c, e)
			}
		case *decode.Message:
			a.message(c, e)
		case *decode.Transaction:
			a.transaction(c, e)
		case *decode.Resync:
			x := a.coder(c)
			x.resync(e)
			c.add(resyncEntry, x.b, a.spool)
		case *decode.Again:
			x := a.coder(c)
			x.again(e, a.when())
			c.add(againEntry, x.b, a.spool)
		case *decode.HalfClosed:
			x := a.coder(c)
			x.half(e, a.when())
			c.add(halfEntry, x.b, a.spool)
		case *decode.Note:
			c.info.Notes++
			x := a.coder(c)
			x.note(e, a.when())
			c.add(noteEntry, x.b, a.spool)
		case *decode.Upgrade, *decode.Secured, *decode.Record, *decode.Dark:
			a.layer(c, e)
		case *decode.Closed:
			a.closed(c, e)
		}
	}
}

// running returns the stored form of a running transaction.
func (a *Archive) running(c *conn, t *decode.Transaction) *run {
	r := c.run[t.N]
	if r == nil {
		i := a.rows.add(row{conn: c.index, n: uint32(t.N), first: c.here(), outcome: running})
		r = a.newRun()
		r.begin(i, t)
		c.run[t.N] = r
		c.setRow(t.N, i)
		c.info.Running++
		if t.Outcome != decode.Orphan {
			c.info.User, c.info.Mailbox = t.User, t.Mailbox
		}
	}
	return r
}

func (a *Archive) message(c *conn, m *decode.Message) {
	c.info.Last, c.known = m.End, m.Known
	pos, together := int64(0), false
	if m.Lost == 0 {
		pos, together = c.together(m.Dir, m.Off, m.Len)
	}
	if m.Txn == nil {
		c.info.Outside++
	} else {
		r := a.running(c, m.Txn)
		if m.Kind == decode.Request {
			plain := together && m.Elided == 0 && len(m.Literals) == 0
			r.req = request{told: true, at: c.here(), plain: plain, pos: pos, n: m.Len}
		}
		if t := m.Txn; t.User != r.txn.User || t.Mailbox != r.txn.Mailbox { // its own OK
			c.info.User, c.info.Mailbox = t.User, t.Mailbox
		}
		r.follow(m.Txn)
		a.fill(a.rows.at(int(r.row)), m.Txn)
	}
	x := a.coder(c)
	x.message(m, pos, together)
	c.add(messageEntry, x.b, a.spool)
}

func (a *Archive) transaction(c *conn, t *decode.Transaction) {
	c.known = t.Known
	r := a.running(c, t)
	delete(c.run, t.N)
	c.info.Running--
	x := a.rows.at(int(r.row))
	a.fill(x, t)
	x.end(t)
	x.at = c.here()
	a.rows.end(int(r.row))
	switch {
	case t.Outcome == decode.Abandoned:
		c.info.Abandoned++
	case t.Outcome == decode.Orphan:
		c.info.Orphans++
	default:
		*c.info.ofStatus(t.Status)++
	}
	b := a.coder(c)
	b.transaction(t, r.req)
	c.add(txnEntry, b.b, a.spool)
	a.drop(r)
}

// ofStatus returns the count of a status.
func (c *Conn) ofStatus(status string) *int {
	switch row := decode.RowOf(decode.Tagged, status); {
	case row.Does(protocol.Succeeds):
		return &c.OK
	case row.Does(protocol.Refuses):
		return &c.NO
	case row.Does(protocol.Rejects):
		return &c.BAD
	}
	return &c.Untold
}

func (a *Archive) closed(c *conn, e *decode.Closed) {
	i := &c.info
	i.Last, i.Closed, i.Cause, i.First, i.Dark = e.Time, true, e.Cause, e.First, e.Upgraded
	i.Dialect, i.DialectKnown = e.Dialect, true
	i.User, i.Mailbox = a.names.shared(e.User), a.names.shared(e.Mailbox)
	if len(e.Layers) > 0 {
		c.beneath().sums = slices.Clone(e.Layers)
	}
	x := a.coder(c)
	x.closed(e, a.when())
	c.add(closedEntry, x.b, a.spool)
	c.seal(a.spool)
	c.tail, c.run = nil, nil
	c.pages, c.rows = slices.Clone(c.pages), slices.Clone(c.rows) // without room for more
}
