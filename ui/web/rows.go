package web

import (
	"context"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// maxName is how many bytes of a name a list shows.
const maxName = 100

// connRow is a connection in the list.
type connRow struct {
	ID       capture.ConnID `json:"c"`
	Leg      capture.ConnID `json:"leg,omitempty"` // the client's leg of a server's leg
	Client   string         `json:"client"`
	Server   string         `json:"server"`
	User     string         `json:"user"`
	Mailbox  string         `json:"mailbox"`
	Dialect  string         `json:"dialect"`
	State    string         `json:"state"`
	Start    string         `json:"start"`
	Layers   string         `json:"layers"` // "TLS 1.3"
	Layered  bool           `json:"layered,omitempty"`
	Origin   string         `json:"origin"`
	Txns     int            `json:"txns"`
	NO       int            `json:"no"`
	BAD      int            `json:"bad"`
	Bytes    int64          `json:"bytes"`
	Errors   int            `json:"errors"`
	Warnings int            `json:"warnings"`
}

func (s *Server) connRow(c *archive.Conn) connRow {
	x := connRow{
		ID: c.ID, Leg: s.acts.ClientLeg(c.ID), Client: c.Client.String(), Server: c.Server.String(), User: view.Inert(model.Cut(c.User, maxName)),
		Mailbox: view.Mailbox(model.Cut(c.Mailbox, maxName)), State: "open", Start: s.clock(c.Start), Layers: view.Layers(c.Upgraded, c.TLS),
		Layered: model.Layered(c), Origin: view.Inert(model.Cut(c.Origin, maxName)), Txns: c.Txns, NO: c.NO, BAD: c.BAD,
		Bytes: c.Octets[0] + c.Octets[1], Errors: s.findings.Count(c.ID, lint.Error.String()), Warnings: s.findings.Count(c.ID, lint.Warning.String()),
	}
	if c.DialectKnown {
		x.Dialect = c.Dialect.String()
	}
	if c.Closed {
		x.State = view.Ending(&decode.Closed{Cause: c.Cause, Upgraded: c.Dark, First: c.First})
	}
	return x
}

// txnRow is a transaction in a list.
type txnRow struct {
	I       int            `json:"i"` // its index among all
	Conn    capture.ConnID `json:"c"`
	N       int            `json:"n"`
	Label   string         `json:"label"`
	Time    string         `json:"time"`
	Request string         `json:"request"`
	Status  string         `json:"status"`
	Effect  string         `json:"effect"`         // ok, no, bad or none: the class that colours it
	Took    string         `json:"took"`           // empty if it is not known
	Nano    int64          `json:"nano,omitempty"` // of Took
	Bytes   int64          `json:"bytes"`
	Worst   string         `json:"worst,omitempty"`
	Deed    string         `json:"deed,omitempty"`
	Leg     bool           `json:"leg,omitempty"` // of a proxy's server leg
}

// txnsAnswer is a window of a list.
type txnsAnswer struct {
	Total  int      `json:"total"` // in the list so far
	Limit  int      `json:"limit"` // of all
	Look   int      `json:"look"`  // how many of all have been compared with the filter
	From   int      `json:"from"`
	Rows   []txnRow `json:"rows"`
	Failed int      `json:"failed,omitempty"` // for how many the filter failed
	Why    string   `json:"why,omitempty"`    // the first failure
}

func (s *Server) transactions(_ context.Context, q *query, m *model.Model) (*txnsAnswer, error) {
	from, n := q.window()
	l, err := s.lists.get(q.of())
	if err != nil {
		return nil, wrongFilter(err)
	}
	out := &txnsAnswer{From: from, Rows: []txnRow{}}
	var which []int
	l.use(func(x listing) {
		// How far first: what is found between the two is then asked for again.
		out.Limit, out.Look = x.Limit(), x.Looked()
		out.Total = x.Len()
		var err error
		if out.Failed, err = x.Failed(); err != nil {
			out.Why = view.Inert(err.Error())
		}
		for k := from; k < min(from+n, out.Total); k++ {
			which = append(which, x.At(k))
		}
	})
	for _, i := range which {
		out.Rows = append(out.Rows, s.txnRow(i, m))
	}
	return out, nil
}

func (s *Server) txnRow(i int, m *model.Model) txnRow {
	r := s.archive.Row(i)
	x := txnRow{
		I: i, Conn: r.Conn, N: r.N, Label: m.Label(&r), Time: s.clock(r.Time), Request: m.Request(i, &r), Effect: effect(r.Status),
		Bytes: r.Octets[0] + r.Octets[1], Worst: m.Worst(&r), Deed: string(m.Deed(&r)), Leg: m.ClientLeg(r.Conn) != 0,
	}
	x.Status = statusOf(&r)
	if r.Elapsed != 0 || !r.Running && r.Status != "" {
		x.Took, x.Nano = view.Duration(r.Elapsed), int64(r.Elapsed)
	}
	return x
}

// statusOf returns how a transaction ended.
func statusOf(r *archive.Row) string {
	switch {
	case r.Running:
		return "…"
	case r.Outcome == decode.Abandoned:
		return "no answer"
	case r.Outcome == decode.Orphan:
		return "orphan"
	case r.Status == "":
		return "no status"
	}
	return view.Inert(r.Status)
}

// effect returns the class that colours a status.
func effect(status string) string {
	switch protocol.StatusEffect(status) {
	case protocol.Succeeds:
		return "ok"
	case protocol.Refuses:
		return "no"
	case protocol.Rejects:
		return "bad"
	}
	return "none"
}
