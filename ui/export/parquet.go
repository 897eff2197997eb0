package export

import (
	"io"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/filter"
	"imapscope/decode/lint"
	"imapscope/decode/protocol"
	"imapscope/decode/session"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/print"
	"imapscope/ui/view"
)

// A Row is a row of a Parquet file. Its columns have the names of the fields of filters, and
// the same meaning; Time, End and Findings come in addition. All text is inert, secrets
// are masked.
type Row struct {
	Type    string    `parquet:"type,dict"` // transaction, greeting, unsolicited, junk or finding
	Conn    int64     `parquet:"conn"`
	N       int64     `parquet:"n,optional"`
	Client  string    `parquet:"client,dict"`
	Server  string    `parquet:"server,dict"`
	Origin  string    `parquet:"origin,dict,optional"`
	Time    time.Time `parquet:"time,optional,timestamp(microsecond)"`
	End     time.Time `parquet:"end,optional,timestamp(microsecond)"`
	MS      *float64  `parquet:"ms,optional"` // null if it was not completed
	User    string    `parquet:"user,dict,optional"`
	Mailbox string    `parquet:"mailbox,dict,optional"`
	Tag     string    `parquet:"tag,optional"`
	Command string    `parquet:"command,dict,optional"`
	Request string    `parquet:"request,optional"`
	Status  string    `parquet:"status,dict,optional"`
	Code    []string  `parquet:"code,list"`
	Text    string    `parquet:"text,optional"`
	Outcome string    `parquet:"outcome,dict,optional"`

	Octets    int64 `parquet:"octets"`
	Sent      int64 `parquet:"sent"`
	Received  int64 `parquet:"received"`
	Lost      int64 `parquet:"lost"`
	Literals  int64 `parquet:"literals"`
	Ambiguous int64 `parquet:"ambiguous"`

	Kind        string           `parquet:"kind,dict,optional"`
	Unsolicited map[string]int64 `parquet:"unsolicited"`
	Mechanism   string           `parquet:"mechanism,dict,optional"`
	Error       string           `parquet:"error,optional"`
	TLS         string           `parquet:"tls,dict,optional"`
	Compressed  string           `parquet:"compressed,dict,optional"`
	Leg         string           `parquet:"leg,dict,optional"`
	Fault       string           `parquet:"fault,optional"`
	Held        bool             `parquet:"held"`
	Edited      bool             `parquet:"edited"`

	Findings []RowFinding `parquet:"findings,list"`
}

// A RowFinding is a finding about a row. A row of the type "finding" has one that was reported
// after the row of its transaction was written, or is about none; N is its transaction.
type RowFinding struct {
	Rule     string `parquet:"rule,dict"`
	Severity string `parquet:"severity,dict"`
	Verdict  string `parquet:"verdict,dict"`
	Message  string `parquet:"message"`
}

// parquetPrinter is a print.Printer that writes rows. It holds back the last one, because its
// findings come after it.
type parquetPrinter struct {
	silent
	emit  func(*Row) error
	opts  view.Options
	conns map[capture.ConnID]*tabled
	row   filter.Row

	parser syntax.Parser

	last Row
	held bool // last is to be written
}

// tabled is an open connection.
type tabled struct {
	conn    capture.Conn
	details map[int]*view.Details // of transactions in progress: their response codes
}

func parquetRows(n int, w io.Writer, o print.StreamsOptions) (*Rows, error) {
	t := NewTable[Row](w)
	var printers []*parquetPrinter
	s, err := print.NewStreams(n, o, func(emit func(Row) error, _ *view.Quota) print.PartPrinter {
		p := newParquetPrinter(func(r *Row) error { return emit(*r) }, o.Options)
		printers = append(printers, p)
		return p
	}, func(r *Row) error { return t.Write(r, r.Texts()) })
	return &Rows{s, func() error {
		for _, p := range printers { // with several, none holds a row
			if err := p.release(); err != nil {
				return err
			}
		}
		return t.Close()
	}}, err
}

func newParquetPrinter(emit func(*Row) error, o view.Options) *parquetPrinter {
	return &parquetPrinter{emit: emit, opts: o, conns: make(map[capture.ConnID]*tabled)}
}

// TableRows pass on the rows of a Table: those of several sources can go to one.
type TableRows struct {
	*print.Stream
	printer *parquetPrinter
}

// NewTableRows returns TableRows that pass each row to emit, which must not keep it.
func NewTableRows(emit func(*Row) error, o print.StreamOptions, d protocol.Dialect) (*TableRows, error) {
	p := newParquetPrinter(emit, o.Options)
	s, err := print.NewStream(p, o)
	if err == nil {
		s.Findings, err = view.NewFindings(o.Options, lint.Options{Dialect: d})
	}
	return &TableRows{s, p}, err
}

// Finish passes on the last row. It returns an error if the filter failed for rows.
func (r *TableRows) Finish() error {
	if err := r.printer.release(); err != nil {
		return err
	}
	return r.FilterError()
}

// Texts returns about how many bytes the texts of a row take.
func (r *Row) Texts() int { return len(r.Request) + len(r.Text) + len(r.Error) }

// Connection implements print.Printer. It has no row: each row has the addresses.
func (p *parquetPrinter) Connection(c capture.Conn) error {
	p.of(c.ID).conn = c
	return nil
}

// of returns a connection. Messages may come before it is announced.
func (p *parquetPrinter) of(id capture.ConnID) *tabled {
	x := p.conns[id]
	if x == nil {
		x = &tabled{conn: capture.Conn{ID: id}, details: make(map[int]*view.Details)}
		p.conns[id] = x
	}
	return x
}

// Message implements print.Printer.
func (p *parquetPrinter) Message(id capture.ConnID, m *decode.Message) {
	if m.Txn == nil || m.Kind == decode.Request || !wire.IsStatus([]byte(m.Word)) {
		return // only status responses have codes
	}
	x := p.of(id)
	d := x.details[m.Txn.N]
	if d == nil {
		d = new(view.Details)
		x.details[m.Txn.N] = d
	}
	d.Add(m, m.Txn.Row, &p.parser)
}

// Drop implements print.Printer.
func (p *parquetPrinter) Drop(id capture.ConnID, t *decode.Transaction) {
	x := p.of(id)
	delete(x.details, t.N)
	if len(x.details) == 0 && !x.conn.Client.IsValid() {
		delete(p.conns, id) // it was not announced, and may never be
	}
}

// Transaction implements print.Printer.
func (p *parquetPrinter) Transaction(id capture.ConnID, t *decode.Transaction) error {
	x := p.of(id)
	o := p.opts
	o.TransactionRow(&p.row, &x.conn, t)
	p.row.Tag, p.row.Text, p.row.Mailbox = o.Tag(t), o.Text(t), o.Hide(t.Known, t.Mailbox)
	if d := x.details[t.N]; d != nil {
		d.Fill(&p.row)
		delete(x.details, t.N)
	}
	r := p.begin(x, t.Known)
	r.Time, r.End = micro(t.Time), micro(t.End)
	if d, ok := t.Elapsed(); ok {
		ms := float64(d) / float64(time.Millisecond)
		r.MS = &ms
	}
	return p.hold(r)
}

// message holds a row for a message outside any command.
func (p *parquetPrinter) message(id capture.ConnID, m *decode.Message) error {
	x := p.of(id)
	view.MessageRow(&p.row, &x.conn, m)
	p.row.Text = p.opts.Hide(m.Known, p.row.Text)
	r := p.begin(x, m.Known)
	r.Time, r.End = micro(m.Time), micro(m.End)
	return p.hold(r)
}

// Greeting implements print.Printer.
func (p *parquetPrinter) Greeting(id capture.ConnID, m *decode.Message) error {
	return p.message(id, m)
}

// Unsolicited implements print.Printer.
func (p *parquetPrinter) Unsolicited(id capture.ConnID, m *decode.Message) error {
	return p.message(id, m)
}

// Junk implements print.Printer.
func (p *parquetPrinter) Junk(id capture.ConnID, m *decode.Message) error { return p.message(id, m) }

// begin returns a row with what p.row has. Known are the secrets of the connection.
func (p *parquetPrinter) begin(x *tabled, known *session.Words) Row {
	f := &p.row
	shown := func(s string) string { return view.Inert(p.opts.Hide(known, s)) }
	r := Row{
		Type: f.Type, Conn: int64(f.Conn), N: int64(f.N), Client: f.Client, Server: f.Server, Origin: view.Inert(f.Origin),
		User: shown(f.User), Mailbox: view.Inert(f.Mailbox), Tag: view.Inert(f.Tag), Command: view.Inert(f.Command),
		Request: view.Inert(f.Request), Status: view.Inert(f.Status), Text: view.Inert(f.Text), Outcome: f.Outcome,
		Octets: int64(f.Octets), Sent: int64(f.Sent), Received: int64(f.Received), Lost: int64(f.Lost),
		Literals: int64(f.Literals), Ambiguous: int64(f.Ambiguous),
		Kind: view.Inert(f.Kind), Mechanism: view.Inert(f.Mechanism), Error: shown(f.Error),
		TLS: f.TLS, Compressed: f.Compressed, Leg: f.Leg, Fault: shown(f.Fault), Held: f.Held, Edited: f.Edited,
	}
	for _, c := range f.Code {
		r.Code = append(r.Code, shown(c))
	}
	if len(f.Unsolicited) > 0 {
		r.Unsolicited = make(map[string]int64, len(f.Unsolicited))
		for k, n := range f.Unsolicited {
			r.Unsolicited[view.Inert(k)] = int64(n)
		}
	}
	return r
}

// micro returns a time as it is stored.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Finding implements print.Printer.
func (p *parquetPrinter) Finding(x *view.Finding, here bool) error {
	f := RowFinding{Rule: x.ID, Severity: x.Severity, Verdict: x.Verdict, Message: x.Message}
	if here && p.held {
		p.last.Findings = append(p.last.Findings, f)
		return nil
	}
	c := &p.of(x.Conn).conn
	return p.hold(Row{
		Type: "finding", Conn: int64(x.Conn), N: int64(x.Txn), Client: c.Client.String(), Server: c.Server.String(),
		Origin: view.Inert(c.Origin), Time: micro(x.Time), Leg: x.Leg, Findings: []RowFinding{f},
	})
}

// hold writes the row that is held, and holds another one.
func (p *parquetPrinter) hold(r Row) error {
	err := p.release()
	p.last, p.held = r, true
	return err
}

// release writes the row that is held.
func (p *parquetPrinter) release() error {
	if !p.held {
		return nil
	}
	p.held = false
	return p.emit(&p.last)
}

// Begin implements print.PartPrinter.
func (p *parquetPrinter) Begin(uint64) {}

// End implements print.PartPrinter.
func (p *parquetPrinter) End(capture.ConnID) error { return p.release() }

// Close implements print.Printer.
func (p *parquetPrinter) Close(id capture.ConnID, _ *decode.Closed) error {
	delete(p.conns, id)
	return nil
}
