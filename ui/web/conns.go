package web

import (
	"context"
	"fmt"
	"strings"

	"imapscope/decode/filter"
	"imapscope/ui/view"
)

// connsAnswer is a window of the connections.
type connsAnswer struct {
	Total int       `json:"total"` // that are selected
	All   int       `json:"all"`
	From  int       `json:"from"`
	Rows  []connRow `json:"rows"`
	Later bool      `json:"later,omitempty"` // more has arrived: ask again
}

// connections answers with a window of the connections in the order of their beginnings: of
// all, or of those that have a text, match conditions (and) and have findings of a rule.
func (s *Server) connections(_ context.Context, q *query) (*connsAnswer, error) {
	from, n := q.window()
	out := &connsAnswer{All: s.archive.Conns(), From: from, Rows: []connRow{}}
	x, of := q.selected("connection", []string{"number"}), q.of()
	if q.err != nil {
		return nil, q.err
	}
	which := func(k int) int { return k }
	if out.Total = out.All; x.text != "" || of.and != "" || of.rule != "" {
		of.filter, of.conn = "", 0
		f, err := of.compile()
		if err != nil {
			return nil, wrongFilter(err)
		}
		o, fresh := s.overview()
		list := o.view(fmt.Sprintf("%q", []string{x.by, x.text, of.rule, of.and}), func() []uint32 { return s.pick(o, x.text, of.rule, f) })
		out.Total, out.Later = len(list), !fresh
		which = func(k int) int { return int(list[k]) }
	}
	for k := from; k < min(from+n, out.Total); k++ {
		c := s.archive.Conn(which(k))
		out.Rows = append(out.Rows, s.connRow(&c))
	}
	return out, nil
}

// pick returns the connections that are selected. A filter compares what holds for a whole
// connection: addresses, origin, user, mailbox.
func (s *Server) pick(o *overview, text, rule string, f *filter.Filter) []uint32 {
	out := []uint32{}
	var row filter.Row
	for k := range o.conns {
		c := s.archive.Conn(k)
		row = filter.Row{
			Conn: int(c.ID), Client: c.Client.String(), Server: c.Server.String(), Origin: c.Origin, User: c.User, Mailbox: c.Mailbox, TLS: c.TLS,
		}
		if f.Match(&row) && (text == "" || named(&row, text)) && (rule == "" || s.has(c.ID, rule)) {
			out = append(out, uint32(k))
		}
	}
	return out
}

// named reports whether a text, in lower case, is in what the list shows of a connection.
func named(row *filter.Row, text string) bool {
	for _, name := range []string{row.Client, row.Server, view.Inert(row.Origin), view.Inert(row.User), view.Mailbox(row.Mailbox)} {
		if strings.Contains(strings.ToLower(name), text) {
			return true
		}
	}
	return false
}
