package panes

import (
	"fmt"
	"strings"

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
		{Title: "#", Help: "the connection's number", width: 5, right: true},
		{Title: "client", Help: "who connected, address and port", width: 21},
		{Title: "server", Help: "where it connected to", width: 21},
		{Title: "user", Help: "who is logged in", width: 0},
		{Title: "mailbox", Help: "what is selected", width: 12, least: 92},
		{Title: "dialect", Help: "IMAP2, IMAP2bis, IMAP4 or IMAP4rev1, as announced or shown; unknown if the beginning was not captured", width: 9, least: 121},
		{Title: "state", Help: "open, or how it ended: fin, rst, end (of the capture), tls, compress, idle", width: 8},
		{Title: "txns", Help: "transactions", width: 6, right: true},
		{Title: protocol.NO, Help: "of them answered NO", width: 4, right: true, least: 133},
		{Title: protocol.BAD, Help: "of them answered BAD", width: 4, right: true, least: 133},
		{Title: "octets", Help: "bytes of both sides", width: 7, right: true, least: 102},
		{Title: "findings", Help: "errors and warnings found", width: 8, right: true, least: 111},
		{Title: "origin", Help: "the file, interface or proxy it was seen at", width: 28, least: 160},
	}
}

// Conns is the table of connections.
type Conns struct {
	*Grid
	model *model.Model
}

// NewConns returns the table of a model's connections.
func NewConns(t *Theme, m *model.Model) *Conns {
	b := base{t, m}
	return &Conns{newGrid(t, connColumns(), connRows{b}), m}
}

// Name implements Pane.
func (c *Conns) Name() string { return "Connections" }

// Title implements Pane.
func (c *Conns) Title() Line { return Line{{" " + model.Number(c.model.Conns()), c.theme.Plain}} }

// Current returns the connection under the cursor; false if there is none.
func (c *Conns) Current() (capture.ConnID, bool) {
	if c.at >= c.model.Conns() {
		return 0, false
	}
	return c.model.Archive.Conn(c.at).ID, true
}

// Open implements Pane: it leads to the connection's transactions.
func (c *Conns) Open() Goal {
	if id, ok := c.Current(); ok {
		return Goal{To: ToConn, Conn: id}
	}
	return Goal{}
}

// Find implements Pane.
func (c *Conns) Find(word string, back bool) bool {
	n := c.rows.Len()
	step := 1
	if back {
		step = n - 1
	}
	for k, i := 0, c.at; k < n; k++ {
		i = (i + step) % n
		if strings.Contains(strings.ToLower(Line(c.rows.Cells(i)).Text()), strings.ToLower(word)) {
			c.GoTo(i)
			return true
		}
	}
	return false
}

// connRows are the connections as rows.
type connRows struct{ base }

func (c connRows) Len() int { return c.model.Conns() }

func (c connRows) Cells(i int) []Span {
	k := c.model.Archive.Conn(i)
	th := c.theme
	plain := th.Plain
	if c.model.List.Conn() == k.ID {
		plain = th.Strong
	}
	dialect := ""
	if k.DialectKnown {
		dialect = k.Dialect.String()
	}
	findings, style := k.Abandoned+k.Orphans+k.Untold, th.Bad
	switch f := c.model.Findings; {
	case c.model.Blind():
		findings = 0
	case f != nil:
		errors := f.Count(k.ID, "error")
		if findings = errors + f.Count(k.ID, "warning"); errors == 0 {
			style = th.No
		}
	}
	return []Span{
		{fmt.Sprint(k.ID), th.Faint},
		{k.Client.String(), plain},
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
