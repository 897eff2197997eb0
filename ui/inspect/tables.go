package inspect

import (
	"fmt"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode/archive"
	"imapscope/ui/view"
)

var connColumns = []column{
	{title: "#", help: "the connection's number", width: 5, right: true},
	{title: "client", help: "who connected, address and port", width: 21},
	{title: "server", help: "whereto", width: 21},
	{title: "user", help: "who is logged in", width: 0},
	{title: "mailbox", help: "what is selected", width: 12, least: 92},
	{title: "dialect", help: "IMAP2, IMAP2bis, IMAP4 or IMAP4rev1, as announced or shown; unknown if the beginning was not captured", width: 9, least: 121},
	{title: "state", help: "open, or how it ended: fin, rst, end (of the capture), tls, compress, idle", width: 8},
	{title: "txns", help: "transactions", width: 6, right: true},
	{title: "NO", help: "of them answered NO", width: 4, right: true, least: 133},
	{title: "BAD", help: "of them answered BAD", width: 4, right: true, least: 133},
	{title: "octets", help: "of both sides", width: 7, right: true, least: 102},
	{title: "findings", help: "errors and warnings that were found", width: 8, right: true, least: 111},
	{title: "origin", help: "the file, interface or proxy it was seen at", width: 28, least: 160},
}

// connRows are the connections as rows.
type connRows struct{ x *inspector }

func (c connRows) Len() int { return c.x.data.conns() }

func (c connRows) Cells(i int) []span {
	k := c.x.data.archive.Conn(i)
	th := &c.x.theme
	plain := th.plain
	if c.x.list.conn == k.ID {
		plain = th.strong
	}
	dialect := ""
	if k.DialectKnown {
		dialect = k.Dialect.String()
	}
	findings, style := k.Abandoned+k.Orphans+k.Untold, th.bad
	switch f := c.x.Findings; {
	case c.x.blind():
		findings = 0
	case f != nil:
		errors := f.Count(k.ID, "error")
		if findings = errors + f.Count(k.ID, "warning"); errors == 0 {
			style = th.no
		}
	}
	return []span{
		{fmt.Sprint(k.ID), th.faint},
		{k.Client.String(), plain},
		{k.Server.String(), plain},
		{view.Inert(cutOctets(k.User, 100)), plain},
		{view.Inert(cutOctets(k.Mailbox, 100)), plain},
		{dialect, plain},
		{connState(&k), plain},
		{number(k.Txns), plain},
		{blank(k.NO), th.no},
		{blank(k.BAD), th.bad},
		{octets(k.Octets[0] + k.Octets[1]), plain},
		{blank(findings), style},
		{view.Inert(k.Origin), th.faint},
	}
}

// blank is a count, of which nothing is said if it is 0.
func blank(n int) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

// octets is an amount in a few characters.
func octets(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprint(n)
	case n < 10_000_000:
		return fmt.Sprint(n/1000, "k")
	case n < 10_000_000_000:
		return fmt.Sprint(n/1_000_000, "M")
	}
	return fmt.Sprint(n/1_000_000_000, "G")
}

var txnColumns = []column{
	{title: "", help: "m: marked, b: bookmark, ;: comment, ≠: played and recorded differ", width: 2},
	{title: "#", help: "number, over all connections", width: 7, right: true},
	{title: "time", help: "of the request's first octet", width: 12, least: 70},
	{title: "conn", help: "the connection's number", width: 4, right: true, least: 90},
	{title: "request", help: "tag, command and arguments; passwords masked, literals as {n}"},
	{title: "status", help: "OK, NO or BAD; … is running, none a response without, lost no response at all", width: 6},
	{title: "ms", help: "exchange time: from the request's first octet to the response's line feed", width: 7, right: true},
	{title: "", help: "the exchange time as a bar, each step ten times as long", width: 5, least: 95},
	{title: "octets", help: "of both sides", width: 6, right: true, least: 85},
	{title: "!", help: "findings (see its tab): ! errors, ? warnings, · notes", width: 1},
}

// txnRows are the transactions that are shown as rows.
type txnRows struct{ x *inspector }

func (t txnRows) Len() int { return t.x.list.Len() }

func (t txnRows) Cells(row int) []span {
	x, th := t.x, &t.x.theme
	i := x.list.at(row)
	r := x.data.archive.Row(i)
	flags := ""
	if x.Replay != nil {
		if _, _, _, differs, ok := x.Replay.Twin(r.Conn, r.N); ok && differs {
			flags = "≠"
		}
	}
	if x.isMarked(i) {
		flags += "m"
	}
	if x.bookmarks[i] {
		flags += "b"
	}
	if x.comments[i] != "" {
		flags += ";"
	}
	status, style := statusOf(&r), th.unsure
	if r.Status != "" {
		style = th.status(r.Status)
	}
	ms, bar := "", ""
	if r.Elapsed != 0 || !r.Running && r.Status != "" {
		ms, bar = millis(r.Elapsed), timeBar(r.Elapsed)
	}
	finding, severity := x.theme.finding(x.worst(&r))
	return []span{
		{flags, th.marked},
		{number(i + 1), th.faint},
		{r.Time.Local().Format("15:04:05.000"), th.faint},
		{fmt.Sprint(r.Conn), th.faint},
		{x.data.request(i, &r), th.plain},
		{status, style},
		{ms, th.plain},
		{bar, style},
		{octets(r.Octets[0] + r.Octets[1]), th.plain},
		{finding, severity},
	}
}

// statusOf is a transaction's end in a word.
func statusOf(r *archive.Row) string {
	switch {
	case r.Running:
		return "…"
	case r.Outcome.String() == "abandoned":
		return "lost"
	case r.Outcome.String() == "orphan":
		return "orphan"
	case r.Status == "":
		return "none"
	}
	return r.Status
}

// millis is a time in milliseconds, to three digits or so.
func millis(d time.Duration) string {
	ms := float64(d) / 1e6
	switch {
	case ms < 0:
		return "?"
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f", ms)
	}
	return number(int(ms))
}

// timeBar is a bar that grows by a step for each tenfold, from 0.1 ms to 1000 s:
// exchange times span as much.
func timeBar(d time.Duration) string {
	steps := 0
	half := false
	for limit := 100 * time.Microsecond; limit <= 100*time.Second && d >= limit; limit *= 10 {
		steps++
		half = d < 3*limit
	}
	steps = min(steps, 5)
	if steps == 0 {
		return "▏"
	}
	if half {
		return strings.Repeat("█", steps-1) + "▌"
	}
	return strings.Repeat("█", steps)
}

// conn is the connection under the cursor.
func (x *inspector) conn() (capture.ConnID, bool) {
	if x.conns.at >= x.data.conns() {
		return 0, false
	}
	return x.data.archive.Conn(x.conns.at).ID, true
}

// current is the transaction under the cursor, among all; false if there is none.
func (x *inspector) current() (int, bool) {
	if x.txns.at >= x.list.Len() {
		return 0, false
	}
	return x.list.at(x.txns.at), true
}

// noTransactions is what is said where there are none.
func (x *inspector) noTransactions() []string {
	switch {
	case x.list.narrowed() && x.list.hits.looked() < x.list.limit:
		return []string{"Looking …"}
	case x.list.narrowed():
		return []string{"No transaction matches. F shows all again, f changes the filter."}
	case x.data.conns() == 0:
		return nil
	}
	return []string{"No command yet."}
}
