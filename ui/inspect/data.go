package inspect

import (
	"context"
	"fmt"
	"iter"

	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/diff"
	"imapscope/decode/filter"
	"imapscope/ui/view"
)

// data is what the panes show, read from the archive. It belongs to tview's
// goroutine; rowReader and each are for scans.
type data struct {
	archive *archive.Archive
	view    view.Options
	reader  *archive.Reader

	requests map[int]string // of the rows on the screen
	last     *exchange
}

func newData(a *archive.Archive, o view.Options) *data {
	return &data{archive: a, view: o, reader: a.Reader(), requests: make(map[int]string)}
}

func (d *data) len() int        { return d.archive.Len() }
func (d *data) conns() int      { return d.archive.Conns() }
func (d *data) version() uint64 { return d.archive.Version() }

// forget drops what was made for the screen: it is to be made anew.
func (d *data) forget() {
	clear(d.requests)
	d.last = nil
}

// maxRequests is how many requests are kept for the screen.
const maxRequests = 1024

// request is a transaction's request as one inert line; of one that has none, what
// there is.
func (d *data) request(i int, r *archive.Row) string {
	if s, ok := d.requests[i]; ok {
		return s
	}
	var t decode.Transaction
	s := ""
	switch err := d.reader.Txn(i, &t); {
	case err != nil:
		s = r.Command + " (" + err.Error() + ")"
	case t.Outcome == decode.Orphan:
		s = d.view.Completion(&t)
	default:
		s = d.view.Request(&t)
	}
	s = view.Inert(cutOctets(s, 1000))
	if r.Running {
		return s
	}
	if len(d.requests) >= maxRequests {
		clear(d.requests)
	}
	d.requests[i] = s
	return s
}

// cutOctets is the beginning of a text: what nobody sees needs no work.
func cutOctets(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n]
}

// exchange is one transaction, whole.
type exchange struct {
	diff.Exchange
	i     int
	row   archive.Row
	conn  archive.Conn
	prior archive.Row // the one before it on its connection, if hasPrior
	first bool        // there is none
	more  int         // messages that are not in it
	err   error       // why something is missing
}

// What is read of one exchange.
const (
	maxMessages = 5000
	maxRead     = 32 << 20
)

// exchange reads a transaction with its messages.
func (d *data) exchange(i int) *exchange {
	row := d.archive.Row(i)
	if x := d.last; x != nil && x.i == i && x.row == row {
		return x
	}
	x := &exchange{i: i, row: row, first: true}
	x.conn, _ = d.archive.ConnOf(row.Conn)
	if k, ok := d.archive.Find(row.Conn, row.N-1); ok {
		x.prior, x.first = d.archive.Row(k), false
	}
	t := new(decode.Transaction)
	if x.err = d.reader.Txn(i, t); x.err == nil {
		x.Transaction = t
	}
	size := 0
	err := d.reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		if len(x.Messages) >= maxMessages || size >= maxRead {
			x.more++
			return true
		}
		c := m.Clone()
		c.Txn = x.Transaction
		x.Messages = append(x.Messages, c)
		size += len(c.Raw)
		return true
	})
	if x.err == nil {
		x.err = err
	}
	d.last = x
	return x
}

// each is the transactions from one number up to another, for a scan.
func (d *data) each(ctx context.Context, from, to int) iter.Seq2[int, archive.Row] {
	return func(yield func(int, archive.Row) bool) {
		for i, r := range d.archive.Rows(from, to) {
			if i%256 == 0 && ctx.Err() != nil || !yield(i, r) {
				return
			}
		}
	}
}

// rowReader fills the rows that a filter sees. Each scan has its own.
type rowReader struct {
	archive *archive.Archive
	view    view.Options
	reader  *archive.Reader
	txn     decode.Transaction
	conn    archive.Conn
}

func (d *data) rowReader() *rowReader {
	return &rowReader{archive: d.archive, view: d.view, reader: d.archive.Reader()}
}

// fill fills the row of a transaction; what is not kept is empty.
func (r *rowReader) fill(row *filter.Row, i int, a *archive.Row) {
	if r.conn.ID != a.Conn {
		r.conn, _ = r.archive.ConnOf(a.Conn)
	}
	if err := r.reader.Txn(i, &r.txn); err != nil {
		r.txn = decode.Transaction{
			N: a.N, Command: a.Command, Row: decode.RowOf(decode.Request, a.Command), Status: a.Status, Outcome: a.Outcome, User: a.User, Mailbox: a.Mailbox,
			Time: a.Time, End: a.Time.Add(a.Elapsed), Octets: a.Octets, Lost: a.Lost, Ambiguous: a.Ambiguous,
		}
	}
	r.view.TransactionRow(row, &r.conn.Conn, &r.txn)
}

// worst is the severity of the worst finding about a transaction; "" if there is none.
func (x *inspector) worst(r *archive.Row) string {
	switch {
	case x.blind():
		return ""
	case x.Findings != nil:
		return x.Findings.Worst(r.Conn, r.N)
	case len(noted(r)) > 0:
		return "error"
	}
	return ""
}

// noted is what is remarkable about a transaction, as far as the decoder knows.
func noted(r *archive.Row) []string {
	var out []string
	if r.Running {
		return nil
	}
	switch r.Outcome {
	case decode.Orphan:
		out = append(out, "a response that no request asked for")
	case decode.Abandoned:
		out = append(out, "no response came")
	default:
		if r.Status == "" {
			out = append(out, "a response without OK, NO or BAD")
		}
	}
	if r.Lost > 0 {
		out = append(out, fmt.Sprintf("%d octets were not captured meanwhile", r.Lost))
	}
	if r.Ambiguous > 0 {
		out = append(out, fmt.Sprintf("%d messages could have belonged to another command too", r.Ambiguous))
	}
	return out
}

// connState is where a connection stands, in a word, with an arrow from the side that closed
// it first.
func connState(c *archive.Conn) string {
	if !c.Closed {
		return "open"
	}
	state := view.Reason(&decode.Closed{Cause: c.Cause, Upgraded: c.Upgraded})
	switch c.First.Side {
	case decode.ClientSide:
		state += " →"
	case decode.ServerSide:
		state += " ←"
	}
	return state
}
