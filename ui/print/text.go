package print

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fatih/color"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/ui/view"
)

// TextOptions configure the layout of text.
type TextOptions struct {
	view.Options
	Width   int  // columns; 0 if unknown, and lines may be long
	Color   bool // with terminal colors
	Verbose bool // with raw lines and trees
	Quiet   bool // one line per transaction
}

// Text writes a block per transaction: time, direction, content.
//
//	3 01:23:48.106  → A00002 FETCH 1:20 ALL
//	      +0.31 ms  ← 20 FETCH: FLAGS INTERNALDATE RFC822.SIZE ENVELOPE, 8896 bytes
//	      +0.41 ms  ← A00002 OK FETCH completed
//
// From the second connection on, a transaction's number is preceded by its connection's:
// 2/3.
type Text struct {
	w      io.Writer
	o      TextOptions
	gather view.Gather
	pen    pens
	last   capture.ConnID // of the last output
	conns  int            // connections so far
	piece  bool           // another Text writes which connection follows: see Streams
	err    error
}

type pens struct{ plain, faint, bold, up, down, ok, no, bad *color.Color }

// NewText returns a Printer that writes text to w.
func NewText(w io.Writer, o TextOptions) *Text {
	pen := func(a ...color.Attribute) *color.Color {
		c := color.New(a...)
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	return &Text{
		w: w, o: o,
		gather: view.Gather{Options: o.Options, Verbose: o.Verbose},
		pen: pens{
			plain: pen(), faint: pen(color.Faint), bold: pen(color.Bold),
			up: pen(color.FgCyan), down: pen(color.FgBlue),
			ok: pen(color.FgGreen), no: pen(color.FgYellow), bad: pen(color.FgRed, color.Bold),
		},
	}
}

// margin is the width of the number, the time and the arrow before each text.
const margin = 4 + 1 + 12 + 2 + 2

// indent is the text before a row: less than a margin, because rows need space.
const indent = 8

// Connection implements Printer.
func (t *Text) Connection(c capture.Conn) error {
	t.opens(c.ID)
	mid := ""
	if c.MidStream {
		mid = ", begun before the capture"
	}
	head := fmt.Sprintf("connection %d: %s -> %s, %s, %s%s", c.ID, c.Client, c.Server,
		t.o.In(c.Start).Format("2006-01-02 15:04:05"), view.Inert(c.Origin), mid)
	t.printf("%s\n", t.pen.bold.Sprint(t.cut(head, 0)))
	return t.err
}

// opens ends what is before the line of a connection.
func (t *Text) opens(id capture.ConnID) {
	if t.piece {
		return
	}
	if t.last != 0 && !t.o.Quiet {
		t.printf("\n")
	}
	t.last = id
	t.conns++
}

// about writes which connection follows, if it changes.
func (t *Text) about(id capture.ConnID) {
	if t.last == id || t.piece {
		return
	}
	if !t.o.Quiet {
		t.printf("\n")
	}
	t.last = id
	t.printf("%s\n", t.pen.bold.Sprintf("connection %d", id))
}

// number returns a transaction's number, right-aligned in the margin.
func (t *Text) number(id capture.ConnID, n int) string {
	return fmt.Sprintf("%4s", view.Number(id, n, t.conns > 1))
}

// Greeting implements Printer.
func (t *Text) Greeting(id capture.ConnID, m *decode.Message) error { return t.alone(id, m, "") }

// Unsolicited implements Printer.
func (t *Text) Unsolicited(id capture.ConnID, m *decode.Message) error {
	return t.alone(id, m, "  [outside any command]")
}

// Junk implements Printer.
func (t *Text) Junk(id capture.ConnID, m *decode.Message) error {
	if m.Dir == capture.ClientToServer {
		return t.alone(id, m, "  [not a request]")
	}
	return t.alone(id, m, "  [not a response]")
}

func (t *Text) alone(id capture.ConnID, m *decode.Message, note string) error {
	t.about(id)
	l := t.o.Line(m)
	l.Text += note
	if !t.o.Quiet {
		t.printf("\n")
	}
	t.line("", l, t.clock(m.Time))
	return t.err
}

// Message implements Printer.
func (t *Text) Message(id capture.ConnID, m *decode.Message) {
	if !t.o.Quiet {
		t.gather.Message(id, m)
	}
}

// Drop implements Printer.
func (t *Text) Drop(id capture.ConnID, x *decode.Transaction) {
	if !t.o.Quiet {
		t.gather.Take(id, x)
	}
}

// Transaction implements Printer.
func (t *Text) Transaction(id capture.ConnID, x *decode.Transaction) error {
	t.about(id)
	if t.o.Quiet {
		t.brief(id, x)
		return t.err
	}
	e := t.gather.Take(id, x)
	t.printf("\n")
	for i, l := range e.Lines {
		when := t.clock(l.Time)
		n := t.number(id, x.N)
		if i > 0 {
			when, n = since(l.Time.Sub(x.Time)), ""
		}
		if i == len(e.Lines)-1 && x.Outcome != decode.Abandoned && l.Status != "" && l.Dir == capture.ServerToClient {
			if x.Outcome == decode.Orphan {
				l.Text += "  [answers no request]"
			} else {
				when = since(x.End.Sub(x.Time))
			}
		}
		t.line(n, l, when)
	}
	if e.More > 0 {
		t.note(fmt.Sprintf("and %d messages more", e.More))
	}
	if x.Ambiguous > 0 {
		t.note(fmt.Sprintf("%d of these could belong to another command too", x.Ambiguous))
	}
	if x.Lost > 0 {
		t.note(fmt.Sprintf("%d bytes were not captured", x.Lost))
	}
	if x.Outcome == decode.Abandoned {
		t.note("no tagged response came")
	}
	return t.err
}

// line writes one line of an exchange, and the rows below it.
func (t *Text) line(num string, l view.Line, when string) {
	arrow, pen := "→", t.pen.up
	if l.Dir == capture.ServerToClient {
		arrow, pen = "←", t.pen.down
	}
	text := t.cut(l.Text, margin-4+max(len(num), 4))
	switch {
	case l.Status != "":
		text = t.status(l.Status).Sprint(text)
	case l.Dir == capture.ClientToServer:
		text = t.pen.bold.Sprint(text)
	}
	t.printf("%4s %s  %s %s\n", num, t.pen.faint.Sprintf("%12s", when), pen.Sprint(arrow), text)
	for _, r := range table(l.Rows, max(t.o.Width-indent, 0)) {
		t.printf("%s%s\n", strings.Repeat(" ", indent), t.cut(r, indent))
	}
	if l.More > 0 {
		t.note(fmt.Sprintf("  and %d more", l.More))
	}
	for _, r := range l.Raw {
		t.printf("%s%s\n", strings.Repeat(" ", margin-2), t.pen.faint.Sprint(t.cut("| "+r, margin-2)))
	}
	for _, r := range l.Tree {
		t.printf("%s%s\n", strings.Repeat(" ", margin+2), t.pen.faint.Sprint(t.cut(r, margin+2)))
	}
}

// note writes our own remark below an exchange.
func (t *Text) note(s string) {
	t.printf("%s%s\n", strings.Repeat(" ", margin), t.pen.faint.Sprint(t.cut(s, margin)))
}

// brief writes a transaction as one line.
func (t *Text) brief(id capture.ConnID, x *decode.Transaction) {
	took := "-"
	if d, ok := x.Elapsed(); ok {
		took = duration(d)
	}
	status := x.Status
	if x.Outcome == decode.Abandoned {
		status = "-"
	}
	what := view.Inert(t.o.RequestDecoded(x))
	if what == "" {
		what = "[a blank line]"
	}
	if x.Outcome == decode.Orphan {
		what = "[answers no request] " + view.Inert(t.o.Completion(x))
	}
	var kinds []string
	for _, k := range x.Data {
		kinds = append(kinds, fmt.Sprintf("%d %s", k.N, view.Inert(k.Kind)))
	}
	if len(kinds) > 0 {
		what += "  (" + strings.Join(kinds, ", ") + ")"
	}
	num := t.number(id, x.N)
	fixed := len(num) + 1 + 12 + 1 + 10 + 2 + 4 + 1
	t.printf("%s %s %10s  %s %s\n", num, t.pen.faint.Sprint(t.clock(x.Time)), took,
		t.status(x.Status).Sprintf("%-4s", view.Inert(status)), t.cut(what, fixed))
}

// Resync implements Printer.
func (t *Text) Resync(id capture.ConnID, r *decode.Resync) error {
	t.about(id)
	end := "framing was found again"
	if r.Ended {
		end = "the connection ended"
	}
	t.note(fmt.Sprintf("%d bytes from the %s passed over until %s at offset %d", r.Skipped, r.Dir, end, r.Off))
	return t.err
}

// Layer implements Printer.
func (t *Text) Layer(id capture.ConnID, e decode.Event) error {
	return t.Note(id, view.LayerTime(e), view.Layer(e))
}

// Note implements Printer.
func (t *Text) Note(id capture.ConnID, at time.Time, text string) error {
	t.about(id)
	t.printf("     %s  %s\n", t.pen.faint.Sprint(t.clock(at)), t.pen.faint.Sprint(t.cut("* "+view.Inert(text), margin)))
	return t.err
}

// Close implements Printer.
func (t *Text) Close(id capture.ConnID, c *decode.Closed) error {
	t.about(id)
	if !t.o.Quiet {
		t.printf("\n")
	}
	t.printf("     %s\n", t.pen.faint.Sprint(t.cut(t.clock(c.Time)+"  "+why(c), 5)))
	sum := fmt.Sprintf("%s, %s, %s, %d unsolicited", dialect(c.Dialect), view.Count(c.Requests, "request"), view.Count(c.Responses, "response"), c.Unsolicited)
	for _, x := range []struct {
		n    int
		what string
	}{
		{c.Orphans, "orphan"},
		{c.Abandoned, "unanswered request"},
		{c.Junk, "line that is not a message"},
	} {
		if x.n > 0 {
			sum += ", " + view.Count(x.n, x.what)
		}
	}
	t.note(sum)
	sum = fmt.Sprintf("%d bytes →, %d bytes ←", c.Octets[capture.ClientToServer], c.Octets[capture.ServerToClient])
	if lost := c.Lost[0] + c.Lost[1]; lost > 0 {
		sum += fmt.Sprintf(", %d not captured", lost)
	}
	t.note(sum)
	for i := range c.Layers {
		t.note(view.LayerSum(&c.Layers[i]))
	}
	return t.err
}

// why returns a connection's view.Reason in full words.
func why(c *decode.Closed) string {
	switch c.Upgraded {
	case decode.TLS:
		return "TLS from here on; " + closed(c)
	case decode.Compression:
		return "compressed from here on; " + closed(c)
	}
	return c.How()
}

// closed returns "closed", and by which side if that is known.
func closed(c *decode.Closed) string {
	if c.First.Side == decode.UnknownSide {
		return "closed"
	}
	return c.How()
}

func (t *Text) status(s string) *color.Color {
	switch protocol.StatusEffect(s) {
	case protocol.Succeeds, protocol.PreAuthenticates:
		return t.pen.ok
	case protocol.Refuses, protocol.SaysBye:
		return t.pen.no
	case protocol.Rejects:
		return t.pen.bad
	}
	return t.pen.plain
}

// longest is the maximum length of a line if the width is unknown: everything usual fits,
// but a line of ten thousand bytes does not flood the screen.
const longest = 500

// minText is the minimum number of columns of a text, however narrow the terminal is.
const minText = 20

// cut makes s fit after a margin.
func (t *Text) cut(s string, margin int) string {
	width := t.o.Width
	if width == 0 {
		width = longest
	}
	return view.Fit(s, max(width-margin, minText), "…")
}

func (t *Text) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

func (t *Text) clock(at time.Time) string { return t.o.In(at).Format("15:04:05.000") }

func since(d time.Duration) string { return "+" + duration(max(d, 0)) }

// duration returns milliseconds, or seconds for longer durations.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + duration(-d)
	case d < 10*time.Second:
		return millis(d) + " ms"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// millis returns milliseconds to three digits.
func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case ms < 10:
		return fmt.Sprintf("%.2f", ms)
	case ms < 100:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

// dialect names a dialect in a summary.
func dialect(d protocol.Dialect) string {
	if d == protocol.UnknownDialect {
		return "dialect unknown"
	}
	return d.String()
}
