package archive

import (
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
)

// Writer is a capture.Sink and capture.Noter: it decodes what it takes. Put a
// capture.Queue before it where the source must not wait, and a capture.Async
// where it may work meanwhile. What it returns as error is that of
// Options.Handler.
type Writer struct {
	a     *Archive
	demux *decode.Demux
}

// Open implements capture.Sink.
func (w *Writer) Open(c capture.Conn) error {
	defer w.a.tell()
	w.a.open(c)
	return w.demux.Open(c)
}

// Chunk implements capture.Sink.
func (w *Writer) Chunk(c capture.Chunk) error {
	defer w.a.tell()
	if c.Again == 0 {
		w.a.chunk(c)
	}
	err := w.demux.Chunk(c)
	w.a.spool.flush()
	return err
}

// Note implements capture.Noter.
func (w *Writer) Note(id capture.ConnID, t time.Time, text string) error {
	defer w.a.tell()
	w.a.note(id, t, text)
	return w.demux.Note(id, t, text)
}

// Close implements capture.Sink.
func (w *Writer) Close(id capture.ConnID, t time.Time, cause error) error {
	defer w.a.tell()
	err := w.demux.Close(id, t, cause)
	w.a.spool.flush()
	return err
}

// ingest is the archive as the decoder sees it.
type ingest Archive

// Open implements decode.Handler.
func (g *ingest) Open(c capture.Conn) error {
	if h := g.opts.Handler; h != nil {
		return h.Open(c)
	}
	return nil
}

// Note implements capture.Noter.
func (g *ingest) Note(id capture.ConnID, t time.Time, text string) error {
	if n, ok := g.opts.Handler.(capture.Noter); ok {
		return n.Note(id, t, text)
	}
	return nil
}

// Events implements decode.Handler.
func (g *ingest) Events(id capture.ConnID, events []decode.Event) error {
	(*Archive)(g).events(id, events)
	if h := g.opts.Handler; h != nil {
		return h.Events(id, events)
	}
	return nil
}

func (a *Archive) open(info capture.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := &conn{info: Conn{Conn: info, Last: info.Start}, index: uint32(len(a.conns)), opened: a.spool.size(), run: make(map[int]*run)}
	a.conns = append(a.conns, c)
	a.byID[info.ID] = c.index
}

func (a *Archive) coder(c *conn) *coder {
	a.scratch.b, a.scratch.names, a.scratch.base = a.scratch.b[:0], &a.names, c.info.Start
	return &a.scratch
}

func (a *Archive) chunk(k capture.Chunk) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.conn(k.Conn)
	if c == nil || c.info.Closed {
		return
	}
	c.info.Last = k.Time
	c.info.Octets[k.Dir] += int64(len(k.Data))
	c.info.Lost[k.Dir] += k.Lost
	pos, kept := a.spool.octets(k.Data)
	if !kept {
		a.lost += int64(len(k.Data))
	}
	c.chunk(a.coder(c), k, pos, kept, a.spool)
}

func (a *Archive) note(id capture.ConnID, t time.Time, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.conn(id)
	if c == nil || c.info.Closed {
		return
	}
	c.info.Notes++
	x := a.coder(c)
	x.note(note{t, text, a.spool.size()})
	c.add(noteEntry, x.b, a.spool)
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
		case *decode.Message:
			a.message(c, e)
		case *decode.Transaction:
			a.transaction(c, e)
		case *decode.Resync:
			x := a.coder(c)
			x.resync(e)
			c.add(resyncEntry, x.b, a.spool)
		case *decode.Upgrade:
			c.info.Upgraded = e.To
			x := a.coder(c)
			x.upgrade(e)
			c.add(upgradeEntry, x.b, a.spool)
		case *decode.Closed:
			a.closed(c, e)
		}
	}
}

// running is the transaction as it is kept while it runs.
func (a *Archive) running(c *conn, t *decode.Transaction) *run {
	r := c.run[t.N]
	if r == nil {
		x, i := a.rows.add()
		*x = row{conn: c.index, n: uint32(t.N), first: c.here(), outcome: running}
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
	c.info.Last = m.End
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
	r := a.running(c, t)
	delete(c.run, t.N)
	c.info.Running--
	x := a.rows.at(int(r.row))
	a.fill(x, t)
	x.end(t)
	x.at = c.here()
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

// ofStatus is the count of a status.
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
	i.Last, i.Closed, i.Cause, i.Upgraded = e.Time, true, e.Cause, e.Upgraded
	i.Dialect, i.DialectKnown = e.Dialect, true
	i.User, i.Mailbox = e.User, e.Mailbox
	x := a.coder(c)
	x.closed(e, a.spool.size())
	c.add(closedEntry, x.b, a.spool)
	c.seal(a.spool)
	c.open, c.run = nil, nil
}
