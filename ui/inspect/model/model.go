// Package model holds what the inspector shows, without a terminal: transactions read from
// the archive, which of them are shown, and the user's marks and comments on them.
//
// # Rules
//
//   - Only what is on the screen is read and formatted. Filters and searches run in the
//     background, with their own readers.
//   - Texts are inert, secrets masked (ui/view).
package model

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync/atomic"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/diff"
	"imapscope/decode/filter"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// Model is what the panes show. It belongs to tview's goroutine; scans, Worst and Each may
// be used from others.
type Model struct {
	Archive *archive.Archive
	View    view.Options
	Reader  *archive.Reader
	List    *List
	Marks   Marks

	// Findings are collected while the archive is filled; nil: there are only the
	// decoder's own remarks.
	Findings *view.Findings
	// Acts is what the proxy did, collected while the archive is filled; nil: nothing is known.
	Acts *view.Acts
	// Differs reports whether a transaction was replayed with a different result; nil:
	// nothing is replayed.
	Differs func(r *archive.Row) bool

	// Waiting is what the proxy holds. It changes only between drawings.
	Waiting Waiting

	held     map[int]string // lines of what waits, by ID
	blind    atomic.Bool
	requests map[int]string // of the rows on the screen
	last     *Exchange
}

// New returns a model of an archive.
func New(a *archive.Archive, o view.Options) *Model {
	m := &Model{Archive: a, View: o, Reader: a.Reader(), requests: make(map[int]string), held: make(map[int]string)}
	m.Marks = Marks{Bookmarks: make(map[int]bool), Comments: make(map[int]string)}
	m.List = newList(m)
	return m
}

// Len returns how many transactions there are.
func (m *Model) Len() int { return m.Archive.Len() }

// Conns returns how many connections there are.
func (m *Model) Conns() int { return m.Archive.Conns() }

// Version changes when something has arrived.
func (m *Model) Version() uint64 { return m.Archive.Version() }

// Forget drops what is cached for the screen, because the view options have changed.
func (m *Model) Forget() {
	clear(m.requests)
	clear(m.held)
	m.last = nil
}

// maxRequests is how many requests are kept for the screen.
const maxRequests = 1024

// Request returns a transaction's request as one inert line; if it has none, what there
// is.
func (m *Model) Request(i int, r *archive.Row) string {
	if s, ok := m.requests[i]; ok {
		return s
	}
	var t decode.Transaction
	s := ""
	switch err := m.Reader.Txn(i, &t); {
	case err != nil:
		s = r.Command + " (" + err.Error() + ")"
	case t.Outcome == decode.Orphan:
		s = m.View.Completion(&t)
	default:
		s = m.View.RequestDecoded(&t)
	}
	s = view.Inert(Cut(s, 1000))
	if r.Running {
		return s
	}
	if len(m.requests) >= maxRequests {
		clear(m.requests)
	}
	m.requests[i] = s
	return s
}

// Cut returns the beginning of a text: what is not seen needs no work.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n]
}

// Exchange is one transaction with all its messages.
type Exchange struct {
	diff.Exchange
	I     int // its index among all transactions
	Row   archive.Row
	Conn  archive.Conn
	Prior archive.Row // the one before it on its connection, unless it is the First
	First bool
	Acts  []view.Act // what the proxy did to its messages
	More  int        // messages that are not in it
	Err   error      // why something is missing

	// AnswerFirst: the command was just typed, and the answer matters more than it.
	AnswerFirst bool
}

// How much is read of one exchange.
const (
	maxMessages = 5000
	maxRead     = 32 << 20
)

// Exchange reads a transaction with its messages. The result is valid until the
// transaction grows.
func (m *Model) Exchange(i int) *Exchange {
	row := m.Archive.Row(i)
	if x := m.last; x != nil && x.I == i && x.Row == row && len(x.Acts) == m.acts(&row) {
		return x
	}
	x := &Exchange{I: i, Row: row, First: true}
	x.Conn, _ = m.Archive.ConnOf(row.Conn)
	if m.Acts != nil {
		x.Acts = m.Acts.Of(row.Conn, row.N)
	}
	if k, ok := m.Archive.Find(row.Conn, row.N-1); ok {
		x.Prior, x.First = m.Archive.Row(k), false
	}
	t := new(decode.Transaction)
	if x.Err = m.Reader.Txn(i, t); x.Err == nil {
		x.Transaction = t
	}
	size := 0
	err := m.Reader.Messages(i, func(_ archive.Ref, message *decode.Message) bool {
		if len(x.Messages) >= maxMessages || size >= maxRead {
			x.More++
			return true
		}
		c := message.Clone()
		c.Txn = x.Transaction
		x.Messages = append(x.Messages, c)
		size += len(c.Raw)
		return true
	})
	if x.Err == nil {
		x.Err = err
	}
	m.last = x
	return x
}

// acts returns how much the proxy did to a transaction.
func (m *Model) acts(r *archive.Row) int {
	if m.Acts == nil {
		return 0
	}
	return len(m.Acts.Of(r.Conn, r.N))
}

// Each yields the transactions from one index up to another, for a scan.
func (m *Model) Each(ctx context.Context, from, to int) iter.Seq2[int, archive.Row] {
	return func(yield func(int, archive.Row) bool) {
		for i, r := range m.Archive.Rows(from, to) {
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
	parser  syntax.Parser
}

func (m *Model) rowReader() *rowReader {
	return &rowReader{archive: m.Archive, view: m.View, reader: m.Archive.Reader()}
}

// fill sets the row of a transaction, with what its messages say if deep. A field whose
// bytes are no longer kept is empty.
func (r *rowReader) fill(row *filter.Row, i int, a *archive.Row, deep bool) {
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
	if !deep {
		return
	}
	var d view.Details
	// What cannot be read is not there: the filter does not find it.
	_ = r.reader.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
		d.Add(m, r.txn.Row, &r.parser)
		return true
	})
	d.Fill(row)
}

// SetBlind hides findings, or shows them again: in a lesson, students must find what is
// wrong themselves.
func (m *Model) SetBlind(blind bool) { m.blind.Store(blind) }

// Blind reports whether findings are hidden.
func (m *Model) Blind() bool { return m.blind.Load() }

// Worst returns the severity of the worst finding about a transaction; "" if there is
// none, or if findings are hidden.
func (m *Model) Worst(r *archive.Row) string {
	switch {
	case m.Blind():
		return ""
	case m.Findings != nil:
		return m.Findings.Worst(r.Conn, r.N)
	case len(Remarks(r)) > 0:
		return "error"
	}
	return ""
}

// WithFindings returns the transactions that Worst has a severity for. What Findings has is looked
// up, because transactions are many more.
func (m *Model) WithFindings() Set {
	found := newSet(m.Len())
	switch {
	case m.Blind():
	case m.Findings != nil:
		for _, s := range m.Findings.Spots() {
			if i, ok := m.Archive.Find(s.Conn, s.Txn); ok {
				found.add(uint32(i))
			}
		}
	default:
		for i, r := range m.Archive.Rows(0, m.Len()) {
			if m.Worst(&r) != "" {
				found.add(uint32(i))
			}
		}
	}
	return found
}

// Remarks returns what is remarkable about a transaction, as far as the decoder knows.
func Remarks(r *archive.Row) []string {
	var out []string
	if r.Running {
		return nil
	}
	switch r.Outcome {
	case decode.Orphan:
		out = append(out, "a response without a request")
	case decode.Abandoned:
		out = append(out, "no response")
	default:
		if r.Status == "" {
			out = append(out, "a response without OK, NO or BAD")
		}
	}
	if r.Lost > 0 {
		out = append(out, fmt.Sprintf("%d bytes were not captured meanwhile", r.Lost))
	}
	if r.Ambiguous > 0 {
		out = append(out, fmt.Sprintf("%d messages could also belong to another command", r.Ambiguous))
	}
	return out
}

// Deed returns what the proxy did to a transaction.
func (m *Model) Deed(r *archive.Row) view.Deed {
	if m.Acts == nil {
		return ""
	}
	return m.Acts.Deed(r.Conn, r.N)
}

// ClientLeg returns the client's leg of a connection that is the server's; 0 if it is none.
func (m *Model) ClientLeg(id capture.ConnID) capture.ConnID {
	if m.Acts == nil {
		return 0
	}
	return m.Acts.ClientLeg(id)
}

// Label returns a transaction's number: on its connection, with the connection's number
// before it if there are several.
func (m *Model) Label(r *archive.Row) string { return m.LabelOf(r.Conn, r.N) }

// LabelOf returns the number of a connection's nth transaction.
func (m *Model) LabelOf(id capture.ConnID, n int) string { return view.Number(id, n, m.Conns() > 1) }

// Number returns a count with its thousands apart.
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural returns "1 message", "2 messages".
func Plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Number(n) + " " + what + "s"
}
