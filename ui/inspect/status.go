package inspect

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/ui/view"
)

// number is a count with its thousands apart.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// title is the row above a pane: its name, what is shown of what, its tabs.
type title struct {
	*tview.Box
	x    *inspector
	pane pane
}

// Draw implements tview.Primitive.
func (t *title) Draw(s tcell.Screen) {
	x, y, width, _ := t.GetRect()
	th := &t.x.theme
	name := th.title
	if t.x.focus == t.pane && !t.x.prompt.open {
		name = th.chosen
	}
	l := line{{" " + paneNames[t.pane] + " ", name}}
	switch t.pane {
	case inConns:
		l = append(l, span{" " + number(t.x.data.conns()), th.plain})
	case inTxns:
		l = append(l, span{" " + t.x.list.summary(), th.plain})
	case inDetail:
		l = append(l, t.x.detail.tabs()...)
	case inGuide:
		l = append(l, span{t.x.guide.where(), th.plain})
	}
	rest := max(width-l.width()-1, 0)
	l = append(l, span{" " + strings.Repeat("─", rest), th.faint})
	l.draw(s, x, y, width, 0, th.plain, true)
}

// MouseHandler implements tview.Primitive: a click on a tab's name opens it.
func (t *title) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return t.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		mx, my := e.Position()
		if action != tview.MouseLeftClick || !t.InRect(mx, my) {
			return false, nil
		}
		t.x.setFocus(t.pane)
		if t.pane == inDetail {
			x, _, _, _ := t.GetRect()
			t.x.detail.tabAt(mx - x - len(paneNames[inDetail]) - 2)
		}
		return true, nil
	})
}

// statusLine is the last row: where the source stands, and the most useful keys.
type statusLine struct {
	*tview.Box
	x *inspector
}

// Draw implements tview.Primitive.
func (b *statusLine) Draw(s tcell.Screen) {
	x, y, width, _ := b.GetRect()
	th := &b.x.theme
	if b.x.said != "" {
		line{{" " + view.Inert(b.x.said), th.strong}}.draw(s, x, y, width, 0, th.plain, true)
		return
	}
	l := line{{" " + b.x.state() + " ", th.strong}, {view.Inert(b.x.Source) + "  ", th.plain}}
	for i := range b.x.actions {
		a := &b.x.actions[i]
		if a.foot == "" || a.where&(1<<b.x.focus) == 0 {
			continue
		}
		item := line{{a.keys[0], th.key}, {" " + a.foot + "  ", th.faint}}
		if l.width()+item.width() > width {
			break
		}
		l = append(l, item...)
	}
	l.draw(s, x, y, width, 0, th.plain, true)
}

// state is whether more comes.
func (x *inspector) state() string {
	switch {
	case x.paused:
		return fmt.Sprintf("paused, %s more", number(x.list.waiting()))
	case x.ended && x.endErr != nil:
		return "ended with an error"
	case x.ended:
		return "ended"
	case x.Guide != nil:
		return "lesson"
	case x.Live:
		if x.follow {
			return "live, following"
		}
		return "live"
	case x.Progress != nil:
		return fmt.Sprintf("reading, %d %%", int(100*x.Progress()))
	}
	return "reading"
}
