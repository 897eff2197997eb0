package panes

import (
	"fmt"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// connColumns returns the columns of connections.
func connColumns() []Column {
	return []Column{
		{Title: "#", Name: "number", Help: "the connection's number", width: 5, right: true, by: byConn},
		{Title: "client", Help: "who connected, address and port; ↳1: the server's leg of connection 1, which the proxy changed", width: 21, by: byClient},
		{Title: "server", Help: "where it connected to", width: 21, by: byServer},
		{Title: "user", Help: "who is logged in", width: 0, by: byUser},
		{Title: "mailbox", Help: "what is selected", width: 12, least: 92, by: byMailbox},
		{Title: "dialect", Help: "IMAP2, IMAP2bis, IMAP4 or IMAP4rev1, as announced or shown; unknown if the beginning was not captured", width: 9, least: 121, by: byDialect},
		{Title: "state", Help: "open, or how it ended: fin, rst, end (of the capture), tls, compress, idle", width: 8, by: byState},
		{Title: "txns", Help: "transactions", width: 6, right: true, by: byTxns, most: true},
		{Title: protocol.NO, Help: "of them answered NO", width: 4, right: true, least: 133, by: byNO, most: true},
		{Title: protocol.BAD, Help: "of them answered BAD", width: 4, right: true, least: 133, by: byBAD, most: true},
		{Title: "octets", Help: "bytes of both sides", width: 7, right: true, least: 102, by: byOctets, most: true},
		{Title: "findings", Help: "errors and warnings found", width: 8, right: true, least: 111, by: byFindings, most: true},
		{Title: "origin", Help: "the file, interface or proxy it was seen at", width: 28, least: 160, by: byOrigin},
	}
}

// Conns is the table of connections.
type Conns struct {
	*Grid
	// Brief: there is room only for the title, which then has the connection of the
	// transaction under the cursor.
	Brief bool
	model *model.Model
	rows  *connRows
}

// NewConns returns the table of a model's connections.
func NewConns(t *Theme, m *model.Model) *Conns {
	rows := &connRows{base: base{t, m}}
	c := &Conns{Grid: newGrid(t, connColumns(), rows), model: m, rows: rows}
	c.sort.resort = c.resort
	return c
}

// resort shows the connections in another order; the cursor goes to the first, or, in that of
// their numbers, stays where it is.
func (c *Conns) resort(by int, desc bool) {
	k := c.rows.index(c.at)
	c.rows.by, c.rows.order = by, model.Order{Desc: desc}
	c.rows.arrange()
	if by == 0 {
		c.jump(k)
		return
	}
	c.jump(0)
}

// Arrange puts what has arrived, and what has changed, where it belongs in the order.
func (c *Conns) Arrange() {
	if c.rows.by == 0 {
		return
	}
	k, had := c.rows.index(c.at), c.at < c.rows.Len()
	c.rows.arrange()
	if had {
		c.Keep(c.rows.order.Place(k, c.rows.key(k)))
	}
}

// Name implements Pane.
func (c *Conns) Name() string { return "Connections" }

// Title implements Pane.
func (c *Conns) Title() Line {
	l := Line{{" " + model.Number(c.model.Conns()), c.theme.Plain}}
	if by := c.SortedBy(); by != "" {
		l = append(l, Span{", " + by, c.theme.Plain})
	}
	if c.Brief {
		l = append(l, c.brief()...)
	}
	return l
}

// Show sets the connection that the title has if it is brief.
func (c *Conns) Show(id capture.ConnID) { c.rows.brief = id }

// brief returns a connection in a line.
func (c *Conns) brief() Line {
	k, ok := c.model.Archive.ConnOf(c.rows.brief)
	if !ok {
		return nil
	}
	text := fmt.Sprintf("  %s%s → %s", c.rows.leg(k.ID), k.Client, k.Server)
	if c.model.Conns() > 1 {
		text = fmt.Sprintf("  #%d%s", k.ID, text[1:])
	}
	for _, more := range []string{view.Inert(model.Cut(k.User, 30)), view.Mailbox(model.Cut(k.Mailbox, 30)), connState(&k)} {
		if more != "" {
			text += "  " + more
		}
	}
	return Line{{text, c.theme.Faint}}
}

// Current returns the connection under the cursor; false if there is none.
func (c *Conns) Current() (capture.ConnID, bool) {
	if c.at >= c.rows.Len() {
		return 0, false
	}
	return c.model.Archive.Conn(c.rows.index(c.at)).ID, true
}

// Open implements Pane: it leads to the connection's transactions.
func (c *Conns) Open() Goal {
	if id, ok := c.Current(); ok {
		return Goal{To: ToConn, Conn: id}
	}
	return Goal{}
}

// Find implements Pane.
func (c *Conns) Find(word string, back bool) bool { return c.find(word, back) }

// connRows are the connections as rows.
type connRows struct {
	base
	by    int // 0: not sorted
	order model.Order
	brief capture.ConnID
}

func (c *connRows) Len() int {
	if c.by != 0 {
		return c.order.Len()
	}
	return c.model.Conns()
}

// index returns the index of a row's connection.
func (c *connRows) index(row int) int {
	if c.by != 0 {
		return c.order.At(row)
	}
	return row
}

func (c *connRows) Cells(row int) []Span {
	k := c.model.Archive.Conn(c.index(row))
	th := c.theme
	plain := th.Plain
	if c.model.List.Conn() == k.ID {
		plain = th.Strong
	}
	dialect := ""
	if k.DialectKnown {
		dialect = k.Dialect.String()
	}
	findings, errors := c.findings(&k)
	style := th.Bad
	if errors == 0 {
		style = th.No
	}
	return []Span{
		{fmt.Sprint(k.ID), th.Faint},
		{c.leg(k.ID) + k.Client.String(), plain},
		{k.Server.String(), plain},
		{view.Inert(model.Cut(k.User, 100)), plain},
		{view.Mailbox(model.Cut(k.Mailbox, 100)), plain},
		{dialect, plain},
		{connState(&k), plain},
		{model.Number(k.Txns), plain},
		{blank(k.NO), th.No},
		{blank(k.BAD), th.Bad},
		{amount(k.Octets[0] + k.Octets[1]), plain},
		{blank(findings), style},
		{view.Inert(k.Origin), th.Faint},
	}
}

// findings returns how many errors and warnings there are about a connection, and how many
// of them are errors.
func (c *connRows) findings(k *archive.Conn) (all, errors int) {
	switch f := c.model.Findings; {
	case c.model.Blind():
		return 0, 0
	case f != nil:
		errors = f.Count(k.ID, "error")
		return errors + f.Count(k.ID, "warning"), errors
	}
	all = k.Abandoned + k.Orphans + k.Untold
	return all, all
}

// leg returns a sign for the server's leg of a connection that a proxy changed.
func (c *connRows) leg(id capture.ConnID) string {
	if of := c.model.ClientLeg(id); of != 0 {
		return fmt.Sprintf("↳%d ", of)
	}
	return ""
}

// connState returns whether a connection is open, or how it ended, in a word, with an arrow
// from the side that closed it first.
func connState(c *archive.Conn) string {
	if !c.Closed {
		return "open"
	}
	state := view.Reason(&decode.Closed{Cause: c.Cause, Upgraded: c.Dark})
	switch c.First.Side {
	case decode.ClientSide:
		state += " →"
	case decode.ServerSide:
		state += " ←"
	}
	return state
}
