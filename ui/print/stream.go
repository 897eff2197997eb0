package print

import (
	"bufio"
	"io"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// StreamOptions select what a Stream prints. The zero value prints nothing.
type StreamOptions struct {
	view.Options

	// Filter is an expression that selects what is printed. An empty one selects all.
	Filter string
	// Chosen, if set, limits the output to the transactions for which it returns
	// true, by connection and number.
	Chosen func(conn capture.ConnID, n int) bool
}

// selects reports whether some of what happened may not be printed.
func (o *StreamOptions) selects() bool { return o.Filter != "" || o.Chosen != nil }

// Stream is a decode.Handler that prints what matches its filter. A connection is printed
// just before the first part of it.
type Stream struct {
	Printer  Printer        // nil prints nothing
	Stats    *view.Stats    // adds up what matches; may be nil
	Findings *view.Findings // findings to print in place; may be nil
	Flush    *bufio.Writer  // flushed after each batch, for a live source; may be nil

	// FilterFailed, if not nil, is called for the first row for which the filter fails,
	// for a live source; FilterError reports them all.
	FilterFailed func(error)

	opts   StreamOptions
	filter *filter.Filter
	conns  map[capture.ConnID]*streamed
	last   *streamed // the connection of the last events: they come in bursts
	row    filter.Row
	parser syntax.Parser // for the details of messages
}

// NewStream returns a Stream that prints to p. It fails if o.Filter does not compile.
func NewStream(p Printer, o StreamOptions) (*Stream, error) {
	s := &Stream{Printer: p, opts: o, conns: make(map[capture.ConnID]*streamed)}
	if o.Filter == "" {
		return s, nil
	}
	var err error
	s.filter, err = filter.Compile(o.Filter)
	return s, err
}

// streamed is an open connection.
type streamed struct {
	conn      capture.Conn
	announced bool
	details   map[int]*view.Details // of the transactions in progress, if the filter needs them
}

// Open implements decode.Handler.
func (s *Stream) Open(c capture.Conn) error {
	x := &streamed{conn: c}
	s.conns[c.ID] = x
	if s.Stats != nil {
		if err := s.Stats.Accounts.Open(c); err != nil {
			return err
		}
	}
	if s.Findings != nil {
		if err := s.Findings.Open(c); err != nil {
			return err
		}
	}
	if !s.opts.selects() {
		return s.announce(x)
	}
	return nil
}

// announce prints the connection line before the first part of the connection.
func (s *Stream) announce(x *streamed) error {
	if x.announced || s.Printer == nil {
		return nil
	}
	x.announced = true
	return s.Printer.Connection(x.conn)
}

// Events implements decode.Handler.
func (s *Stream) Events(id capture.ConnID, events []decode.Event) error {
	x := s.last
	if x == nil || x.conn.ID != id {
		x = s.conns[id]
		s.last = x
	}
	if s.Stats != nil {
		if err := s.Stats.Accounts.Events(id, events); err != nil {
			return err
		}
	}
	for i, e := range events {
		if s.Findings != nil {
			if err := s.Findings.Events(id, events[i:i+1]); err != nil {
				return err
			}
		}
		if err := s.event(x, e); err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *Stream) flush() error {
	if s.Flush == nil {
		return nil
	}
	return s.Flush.Flush()
}

// note prints a note by the source, subject to the filter.
func (s *Stream) note(x *streamed, n *decode.Note) error {
	if s.Printer == nil || s.filter != nil && !x.announced {
		return nil
	}
	if err := s.announce(x); err != nil {
		return err
	}
	return s.Printer.Note(x.conn.ID, n.Time, n.Text)
}

func (s *Stream) event(x *streamed, e decode.Event) error {
	id := x.conn.ID
	switch e := e.(type) {
	case *decode.Transaction:
		return s.transaction(x, e)
	case *decode.Message:
		return s.message(x, e)
	case *decode.Resync:
		if s.Printer != nil && x.announced {
			return s.Printer.Resync(id, e)
		}
	case *decode.Upgrade, *decode.Secured, *decode.Dark:
		if s.Printer != nil && x.announced {
			return s.Printer.Layer(id, e)
		}
	case *decode.Note:
		return s.note(x, e)
	case *decode.Closed:
		delete(s.conns, id)
		s.last = nil
		if err := s.findings(x, 0, true); err != nil {
			return err
		}
		if s.Stats != nil {
			s.Stats.Closed(id, e)
		}
		if s.Printer != nil && x.announced {
			return s.Printer.Close(id, e)
		}
	}
	return nil
}

// matches reports whether a transaction should be printed.
func (s *Stream) matches(x *streamed, t *decode.Transaction) bool {
	if s.opts.Chosen != nil && !s.opts.Chosen(x.conn.ID, t.N) {
		return false
	}
	if s.filter == nil {
		return true
	}
	s.opts.TransactionRow(&s.row, &x.conn, t)
	if d := x.details[t.N]; d != nil {
		d.Fill(&s.row)
		delete(x.details, t.N)
	}
	return s.match()
}

// match reports whether the row matches the filter.
func (s *Stream) match() bool {
	if s.filter.Match(&s.row) {
		return true
	}
	if s.FilterFailed != nil && s.filter.Failed() > 0 {
		s.FilterFailed(s.filter.Err())
		s.FilterFailed = nil
	}
	return false
}

// FilterError reports how many rows the filter failed for, and its first error. They were
// not printed. It returns nil if there are none.
func (s *Stream) FilterError() error {
	n := s.filter.Failed()
	if n == 0 {
		return nil
	}
	return filterError(n, s.filter.Err())
}

func (s *Stream) transaction(x *streamed, t *decode.Transaction) error {
	id := x.conn.ID
	if !s.matches(x, t) {
		if s.Printer != nil {
			s.Printer.Drop(id, t)
		}
		if s.Findings != nil {
			s.Findings.Take(id, t.N)
		}
		if s.Stats != nil {
			s.Stats.Drop(t)
		}
		return nil
	}
	if s.Stats != nil {
		s.Stats.Transaction(id, t)
	}
	if s.Printer == nil {
		return nil
	}
	if err := s.announce(x); err != nil {
		return err
	}
	if err := s.Printer.Transaction(id, t); err != nil {
		return err
	}
	return s.findings(x, t.N, false)
}

// Finish writes the table of the statistics, if there are any, to out, or to aside if out
// has JSON lines or trees. JSON lines end with those of the accounts.
func (s *Stream) Finish(out, aside io.Writer) error {
	if s.Stats == nil {
		return nil
	}
	s.Stats.Sort()
	switch p := s.Printer.(type) {
	case *JSON:
		if err := p.Grammar(&s.Stats.Grammar); err != nil {
			return err
		}
		if err := p.Accounts(s.Stats.Accounts.Result()); err != nil {
			return err
		}
		out = aside
	case *Trees:
		out = aside
	}
	return Stats(out, s.Stats)
}

// findings prints the findings about the transaction that was just printed, or at the
// end of a connection the rest of its findings.
func (s *Stream) findings(x *streamed, n int, rest bool) error {
	if s.Findings == nil {
		return nil
	}
	id := x.conn.ID
	var all []view.Finding
	if rest {
		all = s.Findings.TakeRest(id)
	} else {
		all = s.Findings.Take(id, n)
	}
	if s.Printer == nil || rest && (!x.announced || s.filter != nil) {
		return nil // they are about a transaction that was not printed
	}
	for i := range all {
		if err := s.Printer.Finding(&all[i], !rest); err != nil {
			return err
		}
	}
	return nil
}

// detail keeps what a message of a transaction says until the filter is asked.
func (s *Stream) detail(x *streamed, m *decode.Message) {
	d := x.details[m.Txn.N]
	if d == nil {
		if x.details == nil {
			x.details = make(map[int]*view.Details)
		}
		d = new(view.Details)
		x.details[m.Txn.N] = d
	}
	d.Add(m, m.Txn.Row, &s.parser)
}

// message passes on a message of a transaction, and prints other messages: the greeting,
// data outside any command, junk.
func (s *Stream) message(x *streamed, m *decode.Message) error {
	if m.Txn != nil && s.filter.Deep() {
		s.detail(x, m)
	}
	if s.Printer == nil && s.Stats == nil || m.Txn == nil && !s.alone(x, m) {
		return nil
	}
	if s.Stats != nil {
		s.Stats.Message(m)
	}
	if s.Printer == nil {
		return nil
	}
	if m.Txn != nil {
		s.Printer.Message(x.conn.ID, m)
		return nil
	}
	if err := s.announce(x); err != nil {
		return err
	}
	switch m.Kind {
	case decode.Greeting:
		return s.Printer.Greeting(x.conn.ID, m)
	case decode.Junk:
		return s.Printer.Junk(x.conn.ID, m)
	}
	return s.Printer.Unsolicited(x.conn.ID, m)
}

// alone reports whether a message that belongs to no transaction should be printed.
func (s *Stream) alone(x *streamed, m *decode.Message) bool {
	if s.opts.Chosen != nil {
		return false
	}
	if s.filter == nil {
		return true
	}
	view.MessageRow(&s.row, &x.conn, m)
	if s.filter.Deep() {
		var d view.Details
		d.Add(m, nil, &s.parser)
		d.Fill(&s.row)
	}
	return s.match()
}
