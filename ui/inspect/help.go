package inspect

import (
	"fmt"
	"strings"

	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// helpPane is the help, over the other panes: a pane while it is open.
type helpPane struct {
	*panes.Pager
	over pane // that had the focus
}

// Name implements panes.Pane.
func (h *helpPane) Name() string { return "Help" }

// Title implements panes.Pane.
func (h *helpPane) Title() panes.Line { return nil }

// Columns implements panes.Pane.
func (h *helpPane) Columns() []panes.Column { return nil }

// Open implements panes.Pane.
func (h *helpPane) Open() panes.Goal { return panes.Goal{} }

// Back implements panes.Pane.
func (h *helpPane) Back() bool { return false }

// Click implements panes.Pane.
func (h *helpPane) Click(int) {}

// openHelp shows the keys of the pane that has the focus, and what its columns mean.
func (x *inspector) openHelp() {
	if x.focus == inHelp {
		x.closeHelp()
		return
	}
	h := helpWriter{theme: x.theme, width: 80}
	if x.main.screen != nil {
		h.width, _ = x.main.screen.Size()
	}
	if means := x.txns.Meaning(); means != "" && x.focus == inTxns {
		h.heading("On this row")
		h.row("", means, "")
		h.out = append(h.out, nil)
	}
	h.keys(x.actions, x.focus)
	h.columns(x.focused().Columns())
	h.words()
	x.overlay("Help: "+x.focused().Name(), h.out)
}

// overlay shows a text over the panes.
func (f *frame) overlay(title string, text panes.Lines) {
	p := panes.NewPager(f.theme)
	p.Show(text, 0)
	p.SetBorder(true).SetTitle(" " + title + " (q closes) ").SetBorderStyle(f.theme.Border).SetTitleColor(f.theme.Focused)
	f.help = &helpPane{p, f.focus}
	f.pages.AddPage("help", p, true, true)
	f.setFocus(inHelp)
}

func (f *frame) closeHelp() {
	f.pages.RemovePage("help")
	over := f.help.over
	f.help = nil
	f.setFocus(over)
}

// helpKey returns a key's name in the help, where Space has a meaning of its own.
func helpKey(name string) string {
	if name == "Space" {
		return "PgDn"
	}
	return name
}

// helpWriter makes the text of the help, for a width.
type helpWriter struct {
	theme *panes.Theme
	width int
	out   panes.Lines
}

// helpColumn is the width of the column of keys and words.
const helpColumn = 18

func (h *helpWriter) heading(s string) { h.out = append(h.out, panes.Line{text(s, h.theme.Strong)}) }

// row adds a key or a word, what it means, wrapped, and what is faint behind that.
func (h *helpWriter) row(key, means, more string) {
	if more != "" {
		means += " " + more
	}
	room := max(min(h.width-2, 118)-helpColumn-3, 20) // within the border
	for i, l := range view.Wrap(means, room) {
		if i > 0 {
			key = ""
		}
		line := panes.Line{text("  "+panes.Fit(key, helpColumn, false)+" ", h.theme.Key)}
		if rest, ok := strings.CutSuffix(l, more); ok && more != "" {
			line = append(line, text(rest, h.theme.Plain), text(more, h.theme.Faint))
		} else {
			line = append(line, text(l, h.theme.Plain))
		}
		h.out = append(h.out, line)
	}
}

// keys adds the keys of a pane, each with its name for ":".
func (h *helpWriter) keys(actions []action, p pane) {
	h.heading("Keys")
	for i := range actions {
		if a := &actions[i]; a.worksIn(p) {
			h.row(strings.Join(a.keys, " "), a.help, ":"+a.name)
		}
	}
}

// columns adds what the columns of a table mean.
func (h *helpWriter) columns(columns []panes.Column) {
	if columns == nil {
		return
	}
	h.out = append(h.out, nil)
	h.heading("Columns")
	for _, c := range columns {
		wide := ""
		if c.Least() > 0 {
			wide = fmt.Sprintf("(from %d columns on)", c.Least())
		}
		title := c.Title
		if title == "" {
			title = "(" + c.Name + ")"
		}
		h.row(title, c.Help, wide)
	}
}

// words adds what some words mean.
func (h *helpWriter) words() {
	h.out = append(h.out, nil)
	h.heading("What is a …")
	for _, w := range [][2]string{
		{"transaction", "a command (request) with everything that answers it"},
		{"tag", "the name the client gave its command; the response carries it"},
		{"unsolicited data", "a server's line that begins with *: data for a command, or an update"},
		{"ready", "a server's line that begins with +: send the literal now"},
		{"literal", "bytes whose number is announced before them: {12}"},
		{"orphan", "a response without a request"},
		{"abandoned (lost)", "a request without a response"},
		{"exchange time", "from the request's first byte to its response's line feed"},
	} {
		h.row(w[0], w[1], "")
	}
}
