package inspect

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
)

// help shows the keys of the pane that has the focus, and what its columns mean.
func (x *inspector) help() {
	th := &x.theme
	p := newPager(th)
	p.show(x.helpText(), 0)
	p.SetBorder(true).SetTitle(" Help: " + paneNames[x.focus] + " (q closes) ").SetBorderColor(th.focused)
	x.helpPager = p
	x.pages.AddPage("help", p, true, true)
	x.app.SetFocus(p)
}

func (x *inspector) helpText() lines {
	th := &x.theme
	var out lines
	head := func(s string) { out = append(out, line{{s, th.strong}}) }
	head("Keys")
	for i := range x.actions {
		a := &x.actions[i]
		if a.where&(1<<x.focus) == 0 {
			continue
		}
		out = append(out, line{{"  " + fit(strings.Join(a.keys, " "), 19, false), th.key}, {fit(":"+a.name, 18, false), th.faint}, {a.help, th.plain}})
	}
	columns := connColumns
	switch x.focus {
	case inTxns:
		columns = txnColumns
	case inDetail, inGuide:
		columns = nil
	}
	if columns != nil {
		out = append(out, nil)
		head("Columns")
		for _, c := range columns {
			title := c.title
			if title == "" {
				title = "(none)"
			}
			wide := ""
			if c.least > 0 {
				wide = fmt.Sprintf(" (from %d columns on)", c.least)
			}
			out = append(out, line{{"  " + fit(title, 18, false), th.key}, {c.help, th.plain}, {wide, th.faint}})
		}
	}
	out = append(out, nil)
	head("What is a …")
	for _, w := range [][2]string{
		{"transaction", "a command (request) with all that answered it"},
		{"tag", "the name the client gave its command; the response carries it"},
		{"unsolicited data", "a server's line that begins with *: data for a command, or news"},
		{"ready", "a server's line that begins with +: send the literal now"},
		{"literal", "octets whose number was said before: {12}"},
		{"orphan", "a response to which there is no request"},
		{"abandoned (lost)", "a request to which no response came"},
		{"exchange time", "from the request's first octet to its response's line feed"},
	} {
		out = append(out, line{{"  " + fit(w[0], 18, false), th.key}, {w[1], th.plain}})
	}
	return out
}

// helpKey handles the keys while help is open.
func (x *inspector) helpKey(e *tcell.EventKey) *tcell.EventKey {
	switch name := keyName(e); name {
	case "q", "Esc", "?", "Enter", "F1":
		x.pages.RemovePage("help")
		x.refocus()
	case "Ctrl-C", "Q":
		x.quit()
	default:
		for m, keys := range map[move][]string{down: {"j", "Down"}, up: {"k", "Up"}, pageDown: {"Ctrl-F", "PgDn", "Ctrl-D", " ", "Space"}, pageUp: {"Ctrl-B", "PgUp", "Ctrl-U"}, first: {"g", "Home"}, last: {"G", "End"}} {
			for _, k := range keys {
				if k == name {
					x.helpPager.move(m)
				}
			}
		}
	}
	return nil
}
