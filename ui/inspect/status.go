package inspect

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/ui/inspect/model"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// text returns a piece of a line.
func text(s string, style tcell.Style) panes.Span { return panes.Span{Text: s, Style: style} }

// title is the row above a pane: its name, and what the pane puts there.
type title struct {
	*tview.Box
	frame *frame
	pane  pane
}

// Draw implements tview.Primitive.
func (t *title) Draw(s tcell.Screen) {
	x, y, width, _ := t.GetRect()
	th, p := t.frame.theme, t.frame.panes[t.pane]
	name := th.Title
	if t.frame.active() == t.pane && !t.frame.prompt.open {
		name = th.Chosen
	}
	l := append(panes.Line{text(" "+p.Name()+" ", name)}, p.Title()...)
	rest := max(width-l.Width()-1, 0)
	l = append(l, text(" "+strings.Repeat("─", rest), th.Faint))
	l.Draw(s, x, y, width, 0, th.Plain, true)
}

// MouseHandler implements tview.Primitive: the pane handles a click after its name.
func (t *title) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return t.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		mx, my := e.Position()
		if action != tview.MouseLeftClick || !t.InRect(mx, my) {
			return false, nil
		}
		x, _, _, _ := t.GetRect()
		p := t.frame.panes[t.pane]
		p.Click(mx - x - len(p.Name()) - 2)
		t.frame.setFocus(t.pane)
		return true, nil
	})
}

// statusLine is the last row: what was reported, or the state of the source and the most
// useful keys.
type statusLine struct {
	*tview.Box
	frame *frame
	said  string
	text  func() (state, source string)
}

// narrowScreen is the width below which the keys get more room, and the source less.
const narrowScreen = 100

// Draw implements tview.Primitive.
func (b *statusLine) Draw(s tcell.Screen) {
	x, y, width, _ := b.GetRect()
	th := b.frame.theme
	if b.said != "" {
		panes.Line{text(" "+view.Inert(b.said), th.Strong)}.Draw(s, x, y, width, 0, th.Plain, true)
		return
	}
	state, source := b.text()
	if width < narrowScreen {
		source = view.Fit(source, 20, "…")
	}
	l := panes.Line{text(" "+state+" ", th.Strong), text(view.Inert(source)+"  ", th.Plain)}
	for i := range b.frame.actions {
		a := &b.frame.actions[i]
		if a.foot == "" || !a.worksIn(b.frame.focus) {
			continue
		}
		item := panes.Line{text(a.keys[0], th.Key), text(" "+a.foot+"  ", th.Faint)}
		if l.Width()+item.Width() > width {
			break
		}
		l = append(l, item...)
	}
	l.Draw(s, x, y, width, 0, th.Plain, true)
}

// state returns whether more arrives, and from where.
func (x *inspector) state() (state, source string) {
	switch src := &x.source; {
	case src.paused:
		state = fmt.Sprintf("paused, %s more", model.Number(x.model.List.Waiting()))
	case src.ended && src.err != nil:
		state = "ended with an error"
	case src.ended:
		state = "ended"
	case x.Guide != nil:
		state = "lesson"
	case src.follow:
		state = "live, following"
	case x.Live:
		state = "live"
	case x.Progress != nil:
		state = fmt.Sprintf("reading, %d %%", int(100*x.Progress()))
	default:
		state = "reading"
	}
	if holding := x.holding(); holding != "" {
		if len(x.model.Waiting.Held) == 0 {
			holding = state + "; " + holding
		}
		return holding, ""
	}
	return state, x.Source
}
