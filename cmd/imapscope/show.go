package main

import (
	"bufio"
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// show is a decode.Handler that prints what the filter lets through, and adds
// it up. A connection is told of once something of it is shown.
type show struct {
	printer print.Printer // nil: decode and count only
	filter  *filter.Filter
	chosen  func(capture.ConnID, int) bool // only these transactions; nil: all
	opts    view.Options
	stats   *view.Stats    // nil: nobody asks
	found   *view.Findings // nil: nobody asks
	flush   *bufio.Writer  // after each batch, for a live source; may be nil

	conns map[capture.ConnID]*shown
	row   filter.Row
}

// newShow shows what a filter lets through, if there is one.
func newShow(expression string, showSecrets bool) (*show, error) {
	s := &show{
		opts:  view.Options{ShowSecrets: showSecrets},
		conns: make(map[capture.ConnID]*shown),
	}
	if expression != "" {
		f, err := filter.Compile(expression)
		if err != nil {
			return nil, fmt.Errorf("--filter: %w", err)
		}
		s.filter = f
	}
	return s, nil
}

// shown is one connection.
type shown struct {
	conn capture.Conn
	told bool
}

// Open implements decode.Handler.
func (s *show) Open(c capture.Conn) error {
	x := &shown{conn: c}
	s.conns[c.ID] = x
	if s.found != nil {
		if err := s.found.Open(c); err != nil {
			return err
		}
	}
	if s.filter == nil && s.chosen == nil {
		return s.tell(x)
	}
	return nil
}

// tell prints the connection before the first thing of it that is shown.
func (s *show) tell(x *shown) error {
	if x.told || s.printer == nil {
		return nil
	}
	x.told = true
	return s.printer.Connection(x.conn)
}

// Events implements decode.Handler.
func (s *show) Events(id capture.ConnID, events []decode.Event) error {
	x := s.conns[id]
	for i, e := range events {
		if s.found != nil {
			if err := s.found.Events(id, events[i:i+1]); err != nil {
				return err
			}
		}
		if err := s.event(x, e); err != nil {
			return err
		}
	}
	if s.flush != nil {
		return s.flush.Flush()
	}
	return nil
}

// note shows a remark of the source like anything else.
func (s *show) note(x *shown, n *decode.Note) error {
	if s.printer == nil || s.filter != nil && !x.told {
		return nil
	}
	if err := s.tell(x); err != nil {
		return err
	}
	return s.printer.Note(x.conn.ID, n.Time, n.Text)
}

func (s *show) event(x *shown, e decode.Event) error {
	id := x.conn.ID
	switch e := e.(type) {
	case *decode.Transaction:
		return s.transaction(x, e)
	case *decode.Message:
		return s.message(x, e)
	case *decode.Resync:
		if s.printer != nil && x.told {
			return s.printer.Resync(id, e)
		}
	case *decode.Note:
		return s.note(x, e)
	case *decode.Closed:
		delete(s.conns, id)
		if err := s.findings(x, 0, true); err != nil {
			return err
		}
		if s.stats != nil {
			s.stats.Closed(id, e)
		}
		if s.printer != nil && x.told {
			return s.printer.Close(id, e)
		}
	}
	return nil
}

func (s *show) transaction(x *shown, t *decode.Transaction) error {
	id := x.conn.ID
	if s.chosen != nil && !s.chosen(id, t.N) {
		s.printer.Drop(id, t)
		return nil
	}
	show := true
	if s.filter != nil {
		s.opts.TransactionRow(&s.row, &x.conn, t)
		show = s.filter.Match(&s.row)
	}
	if !show {
		if s.printer != nil {
			s.printer.Drop(id, t)
		}
		if s.found != nil {
			s.found.Take(id, t.N)
		}
		return nil
	}
	if s.stats != nil {
		s.stats.Transaction(id, t)
	}
	if s.printer == nil {
		return nil
	}
	if err := s.tell(x); err != nil {
		return err
	}
	if err := s.printer.Transaction(id, t); err != nil {
		return err
	}
	return s.findings(x, t.N, false)
}

// findings prints what was found about a transaction that was just printed, or at the
// end of a connection the rest.
func (s *show) findings(x *shown, n int, rest bool) error {
	if s.found == nil {
		return nil
	}
	id := x.conn.ID
	var all []view.Finding
	if rest {
		all = s.found.TakeRest(id)
	} else {
		all = s.found.Take(id, n)
	}
	if s.printer == nil || rest && (!x.told || s.filter != nil) {
		return nil // of what was not shown
	}
	for i := range all {
		if err := s.printer.Finding(&all[i], !rest); err != nil {
			return err
		}
	}
	return nil
}

// message sees what belongs to a transaction, and what stands alone: the
// greeting, data outside any command, and what is no response at all.
func (s *show) message(x *shown, m *decode.Message) error {
	if s.printer == nil {
		return nil
	}
	if m.Txn != nil {
		s.printer.Message(x.conn.ID, m)
		return nil
	}
	if s.chosen != nil {
		return nil
	}
	print := s.printer.Unsolicited
	switch m.Kind {
	case decode.Greeting:
		print = s.printer.Greeting
	case decode.Junk:
		print = s.printer.Junk
	}
	if s.filter != nil {
		view.MessageRow(&s.row, &x.conn, m)
		if !s.filter.Match(&s.row) {
			return nil
		}
	}
	if err := s.tell(x); err != nil {
		return err
	}
	return print(x.conn.ID, m)
}
