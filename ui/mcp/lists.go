package mcp

import (
	"context"
	"fmt"
	"time"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/ui/view"
)

// connectionItem is a connection.
type connectionItem struct {
	Connection capture.ConnID `json:"connection"`
	Client     string         `json:"client"`
	Server     string         `json:"server"`
	Start      string         `json:"start"`
	Last       string         `json:"last"`
	MidStream  bool           `json:"beginning_missing,omitempty"`
	User       text           `json:"user,omitempty"`
	Mailbox    text           `json:"mailbox,omitempty"`
	Dialect    string         `json:"dialect,omitempty"`
	Layers     text           `json:"layers,omitempty"`
	Unread     string         `json:"unread_layer,omitempty"`

	Transactions int            `json:"transactions"`
	OK           int            `json:"ok"`
	NO           int            `json:"no,omitempty"`
	BAD          int            `json:"bad,omitempty"`
	Running      int            `json:"running,omitempty"`
	Abandoned    int            `json:"abandoned,omitempty"`
	Orphans      int            `json:"orphans,omitempty"`
	Sent         int64          `json:"bytes_from_client"`
	Received     int64          `json:"bytes_from_server"`
	Lost         int64          `json:"bytes_lost,omitempty"`
	Findings     map[string]int `json:"findings,omitempty"`
	End          string         `json:"end,omitempty"`
	First        string         `json:"closed_first,omitempty"`
}

func (f *Face) connections(ctx context.Context, in *paging) (*answer, error) {
	a, err := f.begin(ctx, in)
	if err != nil {
		return nil, err
	}
	n := f.archive.Conns()
	a.Summary = text(view.Count(n, "connection"))
	for k := a.at; k < n && !a.full; k++ {
		c := f.archive.Conn(k)
		if err := a.add(k, f.connectionItem(&c)); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (f *Face) connectionItem(c *archive.Conn) *connectionItem {
	hide := f.hider(c.ID)
	x := &connectionItem{
		Connection: c.ID, Client: c.Client.String(), Server: c.Server.String(), Start: f.stamp(c.Start), Last: f.stamp(c.Last),
		MidStream: c.MidStream, User: hide(c.User), Mailbox: hide(c.Mailbox), Layers: text(view.Layers(c.Upgraded, c.TLS)),
		Transactions: c.Txns, OK: c.OK, NO: c.NO, BAD: c.BAD, Running: c.Running, Abandoned: c.Abandoned, Orphans: c.Orphans,
		Sent: c.Octets[capture.ClientToServer], Received: c.Octets[capture.ServerToClient], Lost: c.Lost[0] + c.Lost[1],
	}
	if c.DialectKnown {
		x.Dialect = c.Dialect.String()
	}
	if c.Dark != 0 {
		x.Unread = view.LayerName(c.Dark)
	}
	for _, s := range severities {
		if n := f.findings.Count(c.ID, s); n > 0 {
			if x.Findings == nil {
				x.Findings = make(map[string]int)
			}
			x.Findings[s] = n
		}
	}
	if c.Closed {
		x.End, x.First = c.Cause.String(), c.First.Side.String()
	}
	return x
}

var severities = [...]string{lint.Error.String(), lint.Warning.String(), lint.Note.String()}

// stamp returns a time in the zone in which times are shown, with its offset.
func (f *Face) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return f.o.View.In(t).Format(time.RFC3339Nano)
}

// transactionsIn are the arguments of transactions.
type transactionsIn struct {
	Filter     string `json:"filter,omitempty" jsonschema:"an expression over the fields of transactions, or a text to search for; the help topic filter explains it. Examples: status != \"OK\"; ms > 500"`
	Connection int    `json:"connection,omitempty" jsonschema:"only those of this connection"`
	paging
}

// transactionItem is a transaction in a list.
type transactionItem struct {
	Number  string  `json:"number"`
	Time    string  `json:"time"`
	MS      float64 `json:"ms,omitempty"`
	Request text    `json:"request"`
	Status  text    `json:"status,omitempty"`
	Outcome string  `json:"outcome,omitempty"`
	User    text    `json:"user,omitempty"`
	Mailbox text    `json:"mailbox,omitempty"`

	Sent     int64  `json:"bytes_from_client"`
	Received int64  `json:"bytes_from_server"`
	Lost     int64  `json:"bytes_lost,omitempty"`
	Literals int    `json:"literals,omitempty"`
	Worst    string `json:"worst_finding,omitempty"`
	Deed     string `json:"proxy,omitempty"`
}

func (f *Face) transactions(ctx context.Context, in *transactionsIn) (*answer, error) {
	where, err := filter.Compile(in.Filter)
	if err != nil {
		return nil, fmt.Errorf("filter: %w (the help topic filter lists the fields)", err)
	}
	a, err := f.begin(ctx, &in.paging)
	if err != nil {
		return nil, err
	}
	if err := f.known(in.Connection); err != nil {
		return nil, err
	}
	a.Summary = text(view.Count(f.archive.Len(), "transaction") + " in all")
	if in.Filter == "" {
		where = nil
	}
	for i, row := range f.model.Matching(ctx, where, capture.ConnID(in.Connection), a.at) {
		if err := a.add(i, f.transactionItem(i, &row)); err != nil {
			return nil, err
		}
		if a.full {
			break
		}
	}
	if where.Failed() > 0 {
		a.Summary += text(fmt.Sprintf("; the filter failed for %d: %v", where.Failed(), where.Err()))
	}
	return a, ctx.Err()
}

func (f *Face) transactionItem(i int, r *archive.Row) *transactionItem {
	hide := f.hider(r.Conn)
	x := &transactionItem{
		Number: number(r.Conn, r.N), Time: f.stamp(r.Time), MS: ms(r.Elapsed), Request: text(f.model.Request(i, r)), Status: text(r.Status),
		User: hide(r.User), Mailbox: hide(r.Mailbox), Sent: r.Octets[capture.ClientToServer], Received: r.Octets[capture.ServerToClient],
		Lost: r.Lost, Literals: r.Literals, Worst: f.findings.Worst(r.Conn, r.N), Deed: string(f.acts.Deed(r.Conn, r.N)),
	}
	if r.Running {
		x.Outcome = "running"
	} else if s := r.Outcome.String(); s != "completed" {
		x.Outcome = s
	}
	return x
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// findingsIn are the arguments of findings.
type findingsIn struct {
	Severity   string `json:"severity,omitempty" jsonschema:"the lowest severity: error, warning or note; note if it is left out"`
	Rule       string `json:"rule,omitempty" jsonschema:"only those of the rule with this ID"`
	Connection int    `json:"connection,omitempty" jsonschema:"only those about this connection"`
	paging
}

// findingItem is a finding.
type findingItem struct {
	Rule        string         `json:"rule"`
	Title       text           `json:"title"`
	Severity    string         `json:"severity"`
	Verdict     string         `json:"verdict"`
	Connection  capture.ConnID `json:"connection"`
	Transaction string         `json:"transaction,omitempty"`
	From        string         `json:"from"`
	Offset      int64          `json:"offset"`
	Length      int64          `json:"length"`
	Time        string         `json:"time"`
	Message     text           `json:"message"`
	Before      text           `json:"line_before,omitempty"`
	At          text           `json:"bytes_in_question,omitempty"`
	After       text           `json:"line_after,omitempty"`
	ByProxy     text           `json:"made_by_proxy,omitempty"`
	Cite        string         `json:"citation"`
}

func (f *Face) findingsList(ctx context.Context, in *findingsIn) (*answer, error) {
	least := lint.Note
	if in.Severity != "" {
		var ok bool
		if least, ok = lint.ParseSeverity(in.Severity); !ok {
			return nil, fmt.Errorf("severity %q is not one of error, warning, note", clip(in.Severity))
		}
	}
	a, err := f.begin(ctx, &in.paging)
	if err != nil {
		return nil, err
	}
	if err := f.known(in.Connection); err != nil {
		return nil, err
	}
	i := 0
	for x := range f.allFindings(ctx, capture.ConnID(in.Connection)) {
		severity, _ := lint.ParseSeverity(x.Severity)
		if severity < least || in.Rule != "" && x.ID != in.Rule {
			continue
		}
		if err := a.add(i, f.findingItem(&x)); err != nil {
			return nil, err
		}
		if i++; a.full {
			break
		}
	}
	if i == 0 {
		a.Summary = "Nothing was found."
	}
	return a, ctx.Err()
}

func (f *Face) findingItem(x *view.Finding) *findingItem {
	by := x.MadeBy
	if by == "" {
		by = x.Since
	}
	return &findingItem{
		x.ID, text(x.Title), x.Severity, x.Verdict, x.Conn, number(x.Conn, x.Txn), x.From, x.Offset, x.Length, f.stamp(x.Time),
		text(x.Message), text(x.Before), text(x.At), text(x.After), text(by), x.Cite,
	}
}
