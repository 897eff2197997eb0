package inspect

import (
	"fmt"
	"strings"

	"imapscope/ui/inspect/panes"
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
	p := panes.NewPager(x.theme)
	p.Show(helpText(x.theme, x.actions, x.focus, x.focused().Columns()), 0)
	p.SetBorder(true).SetTitle(" Help: " + x.focused().Name() + " (q closes) ").SetBorderColor(x.theme.Focused)
	x.help = &helpPane{p, x.focus}
	x.pages.AddPage("help", p, true, true)
	x.setFocus(inHelp)
}

func (f *frame) closeHelp() {
	f.pages.RemovePage("help")
	over := f.help.over
	f.help = nil
	f.setFocus(over)
}

func (f *frame) helpOpen() bool { return f.help != nil }

// helpKey returns a key's name in the help, where Space has a meaning of its own.
func helpKey(name string) string {
	if name == "Space" {
		return "PgDn"
	}
	return name
}

// helpText returns the text of the help for a pane.
func helpText(th *panes.Theme, actions []action, p pane, columns []panes.Column) panes.Lines {
	out := panes.Lines{{text("Keys", th.Strong)}}
	for i := range actions {
		a := &actions[i]
		if !a.worksIn(p) {
			continue
		}
		out = append(out, panes.Line{
			text("  "+panes.Fit(strings.Join(a.keys, " "), 19, false), th.Key), text(panes.Fit(":"+a.name, 18, false), th.Faint), text(a.help, th.Plain),
		})
	}
	if columns != nil {
		out = append(out, nil, panes.Line{text("Columns", th.Strong)})
	}
	for _, c := range columns {
		title := c.Title
		if title == "" {
			title = "(none)"
		}
		wide := ""
		if c.Least() > 0 {
			wide = fmt.Sprintf(" (from %d columns on)", c.Least())
		}
		out = append(out, panes.Line{text("  "+panes.Fit(title, 18, false), th.Key), text(c.Help, th.Plain), text(wide, th.Faint)})
	}
	out = append(out, nil, panes.Line{text("What is a …", th.Strong)})
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
		out = append(out, panes.Line{text("  "+panes.Fit(w[0], 18, false), th.Key), text(w[1], th.Plain)})
	}
	return out
}
