package compare

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/fatih/color"

	"imapscope/samples/contrast"
	"imapscope/ui/view"
)

// TextOptions configure the layout of text.
type TextOptions struct {
	Width int // columns; 0 if it is not known
	Color bool
}

// Bounds of the layout, in columns and lines.
const (
	defaultWidth = 120
	minColumn    = 24 // protocols are shown below each other if columns would be narrower
	gap          = 2
	maxRows      = 4 // of one line of a conversation
)

// writer writes text.
type writer struct {
	*bufio.Writer
	width                  int
	bold, faint, sent, got *color.Color
}

func newWriter(w io.Writer, o TextOptions) *writer {
	pen := func(a color.Attribute) *color.Color {
		c := color.New(a)
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	t := &writer{bufio.NewWriter(w), o.Width, pen(color.Bold), pen(color.Faint), pen(color.FgCyan), pen(color.FgBlue)}
	if t.width <= 0 {
		t.width = defaultWidth
	}
	return t
}

func (t *writer) line(s string) { _, _ = t.WriteString(strings.TrimRight(s, " ") + "\n") } // Flush returns the error

// wrapped writes a paragraph, indented.
func (t *writer) wrapped(indent int, text string, pen *color.Color) {
	for _, l := range view.Wrap(text, max(t.width-indent, minColumn)) {
		if pen != nil {
			l = pen.Sprint(l)
		}
		t.line(strings.Repeat(" ", indent) + l)
	}
}

// Text writes comparisons exchange by exchange.
func Text(w io.Writer, list []*Comparison, o TextOptions) error {
	t := newWriter(w, o)
	for i, c := range list {
		if i > 0 {
			t.line("")
		}
		t.comparison(c)
	}
	return t.Flush()
}

func (t *writer) comparison(c *Comparison) {
	t.line(t.bold.Sprint(c.Task.Title))
	t.wrapped(0, c.Task.About, nil)
	for i := range c.Task.Steps {
		s := &c.Task.Steps[i]
		t.line("")
		t.line(t.bold.Sprintf("%d. %s", i+1, s.Heading))
		t.line("")
		t.step(c, i)
		for _, r := range c.Why(i) {
			t.line("")
			t.wrapped(3, r.Text, nil)
			for _, cite := range r.Cites {
				t.wrapped(3, cite.String(), t.faint)
			}
		}
	}
	t.line("")
	t.line(t.bold.Sprint("Altogether"))
	t.line("")
	t.totals(c)
	t.line("")
	t.wrapped(0, c.Options.Clock(), nil)
}

// step writes what happened in a step.
func (t *writer) step(c *Comparison, i int) {
	n := len(c.Columns)
	width := (t.width - gap*(n-1)) / n
	if width < minColumn {
		for k := range c.Columns {
			x := &c.Columns[k]
			t.line(t.bold.Sprint(x.Protocol.Title))
			for _, cell := range t.side(c, &x.Steps[i], t.width-2) {
				t.line("  " + cell.pen(t).Sprint(cell.text))
			}
		}
		return
	}
	cells := make([][]cell, n)
	rows := 0
	for k := range c.Columns {
		x := &c.Columns[k]
		cells[k] = append([]cell{{text: x.Protocol.Title, kind: 'h'}}, t.side(c, &x.Steps[i], width)...)
		rows = max(rows, len(cells[k]))
	}
	for r := range rows {
		var b strings.Builder
		for k := range cells {
			if k > 0 {
				b.WriteString(strings.Repeat(" ", gap))
			}
			x := cell{}
			if r < len(cells[k]) {
				x = cells[k][r]
			}
			b.WriteString(x.pen(t).Sprint(x.text))
			if k < n-1 {
				b.WriteString(strings.Repeat(" ", max(width-view.Width(x.text), 0)))
			}
		}
		t.line(b.String())
	}
}

// cell is a row of a column.
type cell struct {
	text string
	kind byte // 'c' from the client, 's' from the server, 'h' a heading, 0 a remark
}

func (c cell) pen(t *writer) *color.Color {
	switch c.kind {
	case 'c':
		return t.sent
	case 's':
		return t.got
	case 'h':
		return t.bold
	}
	return t.faint
}

// side returns the rows of a step in one protocol.
func (t *writer) side(c *Comparison, s *Side, width int) []cell {
	var out []cell
	add := func(kind byte, mark, text string) {
		indent := strings.Repeat(" ", view.Width(mark))
		for i, l := range folded(text, width-view.Width(mark)) {
			if i > 0 {
				mark = indent
			}
			out = append(out, cell{mark + l, kind})
		}
	}
	if len(s.Exchanges) == 0 {
		add(0, "", "(nothing to send)")
		return out
	}
	several := c.Clients() > 1
	for _, x := range s.Exchanges {
		who := ""
		if several {
			who = fmt.Sprint(x.Client)
		}
		for _, l := range x.Sent {
			add('c', "C"+who+": ", l)
		}
		for i, l := range x.Received {
			if x.More > 0 && i == len(x.Received)-1 {
				add(0, "   ", "… "+counted(int64(x.More), "more line"))
			}
			add('s', "S"+who+": ", l)
		}
		if x.Alike > 0 {
			add(0, "   ", "… "+counted(int64(x.Alike), "more exchange")+" like these")
		}
	}
	add(0, "", summary(s.Cost))
	return out
}

// summary returns what a step needed.
func summary(c contrast.Cost) string {
	return fmt.Sprintf("%s, %s out, %s in", counted(int64(c.RoundTrips), "round trip"), thousands(c.Sent), counted(c.Received, "byte"))
}

// folded returns a text in rows of a width, the last one cut if there are too many. It breaks
// at spaces where it can.
func folded(s string, width int) []string {
	var out []string
	for view.Width(s) > width {
		if len(out) == maxRows-1 {
			return append(out, view.Fit(s, width, "…"))
		}
		head := view.Fit(s, width, "")
		if i := strings.LastIndexByte(head, ' '); i > width/2 && len(head) < len(s) && s[len(head)] != ' ' {
			head = s[:i]
		}
		if head == "" {
			break
		}
		out, s = append(out, head), strings.TrimPrefix(s[len(head):], " ")
	}
	return append(out, s)
}

// measures are the rows of the totals.
func measures(o Options) []measure {
	return []measure{
		{"connections", func(c contrast.Cost) string { return thousands(int64(c.Connections)) }},
		{"round trips", func(c contrast.Cost) string { return thousands(int64(c.RoundTrips)) }},
		{"bytes sent", func(c contrast.Cost) string { return thousands(c.Sent) }},
		{"bytes received", func(c contrast.Cost) string { return thousands(c.Received) }},
		{"time at " + o.line(), func(c contrast.Cost) string { return span(c.Time) }},
	}
}

type measure struct {
	name string
	of   func(contrast.Cost) string
}

// line returns what kind of line the times are for.
func (o Options) line() string {
	s := span(o.RoundTrip)
	if o.Bandwidth > 0 {
		s += fmt.Sprintf(", %s bit/s", thousands(int64(o.Bandwidth)))
	}
	return s
}

// totals writes what the whole task needed.
func (t *writer) totals(c *Comparison) {
	list := measures(c.Options)
	first := 0
	for _, m := range list {
		first = max(first, view.Width(m.name))
	}
	head := strings.Repeat(" ", first)
	for k := range c.Columns {
		head += fmt.Sprintf("  %12s", c.Columns[k].Protocol.Title)
	}
	t.line(t.bold.Sprint(head))
	for _, m := range list {
		row := view.Pad(m.name, first)
		for k := range c.Columns {
			row += fmt.Sprintf("  %12s", m.of(c.Columns[k].Total))
		}
		t.line(row)
	}
}

// Overview writes one row per task: what each protocol needed for it.
func Overview(w io.Writer, list []*Comparison, o TextOptions) error {
	t := newWriter(w, o)
	name, title := len("task"), 0
	for _, c := range list {
		name, title = max(name, len(c.Task.Name)), max(title, view.Width(c.Task.Title))
	}
	for i, c := range list {
		if i == 0 {
			t.wrapped(0, "Round trips, bytes received, and the time of each task.", nil)
			t.line("")
			head := view.Pad("task", name)
			for k := range c.Columns {
				head += fmt.Sprintf("  %-21s", c.Columns[k].Protocol.Title)
			}
			t.line(t.bold.Sprint(head))
		}
		row := view.Pad(c.Task.Name, name)
		for k := range c.Columns {
			x := c.Columns[k].Total
			row += fmt.Sprintf("  %3d %8s %8s", x.RoundTrips, thousands(x.Received), span(x.Time))
		}
		t.line(row)
	}
	if len(list) > 0 {
		t.line("")
		t.wrapped(0, list[0].Options.Clock()+" --task NAME shows a task, exchange by exchange; --list says what each is.", nil)
	}
	return t.Flush()
}

// List writes the names of tasks, and what they are.
func List(w io.Writer, tasks []*contrast.Task, o TextOptions) error {
	t := newWriter(w, o)
	name := 0
	for _, x := range tasks {
		name = max(name, len(x.Name))
	}
	for _, x := range tasks {
		lines := view.Wrap(x.Title+". "+x.About, max(t.width-name-2, minColumn))
		for i, l := range lines {
			head := ""
			if i == 0 {
				head = x.Name
			}
			t.line(view.Pad(head, name+2) + l)
		}
	}
	return t.Flush()
}
