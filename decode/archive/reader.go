package archive

import (
	"errors"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/session"
)

// Reader reads from the spool. It caches what it read last, so reading many
// transactions in order is fast. It must not be used concurrently.
type Reader struct {
	a      *Archive
	blocks blocks
	main   cursor // iterates over a journal
	one    cursor // reads one entry
	octs   cursor // finds bytes
	names  []string
	last   struct { // the transaction that was read last, if it has ended
		i int
		t *decode.Transaction
	}
}

// Reader returns a new Reader.
func (a *Archive) Reader() *Reader {
	r := &Reader{a: a, blocks: blocks{s: a.spool}}
	for _, k := range []*cursor{&r.main, &r.one, &r.octs} {
		k.a, k.blocks = a, &r.blocks
	}
	r.last.i = -1
	return r
}

// Ref refers to one event of a connection. The zero Ref refers to none.
type Ref struct {
	conn uint32 // among Archive.conns, the first is 1
	at   place
}

func (r *Reader) decoder(c *conn, body []byte) *decoder {
	return &decoder{b: body, names: r.names, base: c.info.Start}
}

// Txn reads the ith transaction into t, whose slices are reused: the former contents
// of t are overwritten. For a running transaction t has what is known so far, and the
// request once it is complete. If the error is ErrNotKept, t has at least what its Row
// has; only the request's bytes may be missing.
func (r *Reader) Txn(i int, t *decode.Transaction) error {
	c, x, runs, err := r.find(i, t)
	if err != nil {
		return err
	}
	var req request
	if runs {
		req = x.req
	} else {
		if req, err = r.ended(c, x.at, t); err != nil {
			r.fromRow(i, t)
			return r.about(i, err)
		}
	}
	t.Known = r.known(c)
	if err := r.request(c, req, t); err != nil {
		return r.about(i, err)
	}
	return nil
}

// known returns the secrets of a connection so far.
func (r *Reader) known(c *conn) *session.Words {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	return c.known
}

// about adds the transaction to an error.
func (r *Reader) about(i int, err error) error {
	row := r.a.Row(i)
	return fmt.Errorf("transaction %d of connection %d: %w", row.N, row.Conn, err)
}

// found is where a transaction is stored.
type found struct {
	first, at, end place // end: where its messages end
	req            request
}

// find looks up a transaction; t is filled if it is running.
func (r *Reader) find(i int, t *decode.Transaction) (c *conn, x found, runs bool, err error) {
	a := r.a
	a.mu.RLock()
	defer a.mu.RUnlock()
	if i < 0 || i >= a.rows.n {
		return nil, x, false, fmt.Errorf("there is no transaction %d: there are %d", i, a.rows.n)
	}
	r.names = a.names.list
	row := a.rows.get(i)
	c = a.conns[row.conn]
	x = found{first: row.first, at: row.at, end: row.at}
	if row.outcome != running {
		return c, x, false, nil
	}
	run := c.run[int(row.n)]
	x.req, x.end = run.req, c.here()
	reset(t)
	copyRun(t, &run.txn)
	return c, x, true, nil
}

func copyRun(t, from *decode.Transaction) {
	req, data, lits, secrets := t.Request, t.Data, t.Literals, t.Secrets
	*t = *from
	t.Request = req
	t.Data = append(data, from.Data...)
	t.Literals = append(lits, from.Literals...)
	t.Secrets = append(secrets, from.Secrets...)
}

// ended reads the entry of a transaction that has ended.
func (r *Reader) ended(c *conn, at place, t *decode.Transaction) (request, error) {
	if err := r.one.seek(c, at); err != nil {
		return request{}, err
	}
	kd, body, err := r.one.entry()
	if err == nil && kd != txnEntry {
		err = errBroken
	}
	if err != nil {
		return request{}, err
	}
	d := r.decoder(c, body)
	req := d.transaction(t)
	return req, d.err()
}

// request reads the bytes of a request.
func (r *Reader) request(c *conn, req request, t *decode.Transaction) error {
	switch {
	case !req.told:
	case req.plain:
		raw, err := r.bytes(t.Request.Raw, req.pos, req.n)
		t.Request.Raw = raw
		return err
	default:
		m := decode.Message{Message: t.Request}
		_, err := r.messageAt(c, req.at, &m)
		t.Request = m.Message
		return err
	}
	return nil
}

// bytes appends n bytes of the spool to b.
func (r *Reader) bytes(b []byte, pos, n int64) ([]byte, error) {
	if n < 0 || pos < 0 || pos > r.a.spool.size()-n {
		return b, ErrNotKept
	}
	at := len(b)
	b = append(b, make([]byte, n)...)
	if err := r.blocks.read(b[at:], pos); err != nil {
		return b[:at], err
	}
	return b, nil
}

// fromRow fills t from memory.
func (r *Reader) fromRow(i int, t *decode.Transaction) {
	reset(t)
	var rows [1]Row
	if n, _ := r.a.copyRows(rows[:], i); n == 0 {
		return
	}
	row := &rows[0]
	t.N, t.Command, t.Status, t.Outcome = row.N, row.Command, row.Status, row.Outcome
	t.User, t.Mailbox = row.User, row.Mailbox
	t.Time, t.Octets, t.Lost, t.Ambiguous = row.Time, row.Octets, row.Lost, row.Ambiguous
	if row.Elapsed > 0 {
		t.End = t.Time.Add(row.Elapsed)
	}
}

// addNames fills in the names that were too many for memory.
func (r *Reader) addNames(i int, row *Row) {
	var t decode.Transaction
	if r.Txn(i, &t) == nil {
		row.Command, row.User, row.Mailbox = t.Command, t.User, t.Mailbox
	}
}

// Messages calls f for the messages of the ith transaction, in order, until f returns
// false. m is valid until f returns; m.Txn is the transaction. It reads the events of
// the connection from the transaction's first message to its end, and stops with an
// error at a message that was not kept.
func (r *Reader) Messages(i int, f func(ref Ref, m *decode.Message) bool) error {
	t := new(decode.Transaction)
	c, x, _, err := r.find(i, t)
	if err != nil {
		return err
	}
	if err := r.Txn(i, t); err != nil {
		return err
	}
	if err := r.main.seek(c, x.first); err != nil {
		return r.about(i, err)
	}
	var m decode.Message
	for {
		at, kd, body, ok, err := r.main.next(x.end)
		if err != nil {
			return r.about(i, err)
		}
		if !ok {
			return nil
		}
		if kd != messageEntry {
			continue
		}
		d := r.decoder(c, body)
		s := d.message(&m)
		if d.broken {
			return r.about(i, errBroken)
		}
		if s.txn != t.N {
			continue
		}
		if err := r.raw(c, &m, s); err != nil {
			return r.about(i, err)
		}
		m.Txn, m.Known = t, t.Known
		if !f(Ref{c.index + 1, at}, &m) {
			return nil
		}
	}
}

// Message reads a message into m, whose slices are reused. m.Txn is a copy of its
// transaction, or nil.
func (r *Reader) Message(ref Ref, m *decode.Message) error {
	c, err := r.connAt(ref)
	if err != nil {
		return err
	}
	n, err := r.messageAt(c, ref.at, m)
	if err != nil {
		return fmt.Errorf("a message of connection %d: %w", c.info.ID, err)
	}
	m.Txn, m.Known = r.txnOf(c, n), r.known(c)
	return nil
}

func (r *Reader) connAt(ref Ref) (*conn, error) {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	if ref.conn == 0 || int(ref.conn) > len(r.a.conns) {
		return nil, errors.New("there is no message: the Ref names none")
	}
	r.names = r.a.names.list
	return r.a.conns[ref.conn-1], nil
}

// messageAt reads a message, and returns the number of its transaction.
func (r *Reader) messageAt(c *conn, at place, m *decode.Message) (txn int, err error) {
	if err := r.one.seek(c, at); err != nil {
		return 0, err
	}
	kd, body, err := r.one.entry()
	if err == nil && kd != messageEntry {
		err = errBroken
	}
	if err != nil {
		return 0, err
	}
	d := r.decoder(c, body)
	s := d.message(m)
	if d.broken {
		return 0, errBroken
	}
	return s.txn, r.raw(c, m, s)
}

// txnOf returns a connection's nth transaction, or nil if n is 0. Parts that cannot be
// read are left out.
func (r *Reader) txnOf(c *conn, n int) *decode.Transaction {
	if n == 0 {
		return nil
	}
	row := r.rowOf(c, n)
	if row < 0 {
		return &decode.Transaction{N: n}
	}
	if r.last.i == row {
		return r.last.t
	}
	t := new(decode.Transaction)
	if r.Txn(row, t) == nil && !r.a.Row(row).Running {
		r.last.i, r.last.t = row, t
	}
	return t
}

func (r *Reader) rowOf(c *conn, n int) int {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	if n > len(c.rows) || c.rows[n-1] == noRow {
		return -1
	}
	return int(c.rows[n-1])
}

// journalOf returns a connection and where its journal ends now.
func (r *Reader) journalOf(id capture.ConnID) (*conn, place, error) {
	r.a.mu.RLock()
	defer r.a.mu.RUnlock()
	c := r.a.conn(id)
	if c == nil {
		return nil, place{}, errNoConn
	}
	r.names = r.a.names.list
	return c, c.here(), nil
}
