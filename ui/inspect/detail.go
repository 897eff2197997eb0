package inspect

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/decode"
)

// tab is a view of the transaction under the cursor.
type tab int

const (
	tabAnnotated tab = iota
	tabTree
	tabMessage
	tabTiming
	tabFindings
	tabLadder
	tabDiff // only while two are compared
	tabs
)

var tabNames = [tabs]string{"Annotated", "Tree", "Message", "Timing", "Findings", "Ladder", "Diff"}

// view is what a tab shows: a cursor in something.
type tabView interface {
	tview.Primitive
	mover
	// show shows a transaction.
	show(*exchange)
	find(word string, back bool) bool
}

// opener is a view in which Enter does something; backer one that can go back.
type (
	opener interface{ open() }
	backer interface{ back() bool }
)

// detailPane shows the transaction under the cursor, by tabs. Only the tab that is
// open is made.
type detailPane struct {
	*tview.Box
	x     *inspector
	tab   tab
	views [tabs]tabView
	shown int       // the transaction; -1: none
	made  [tabs]int // what each tab shows: a transaction, -1: nothing yet
	x1    *exchange
	diff  bool
}

func newDetail(x *inspector) *detailPane {
	d := &detailPane{Box: tview.NewBox(), x: x, shown: -1}
	d.views = [tabs]tabView{
		tabAnnotated: newAnnotated(x),
		tabTree:      newTreeHex(x),
		tabMessage:   newMailView(x),
		tabTiming:    newTimingView(x),
		tabFindings:  newFindings(x),
		tabLadder:    newLadder(x),
		tabDiff:      newDiffView(x),
	}
	d.clear()
	return d
}

func (d *detailPane) clear() {
	d.shown = -1
	d.x1 = nil
	for i := range d.made {
		d.made[i] = -1
	}
}

// show shows a transaction in the tab that is open.
func (d *detailPane) show(i int) {
	d.shown = i
	for t := range d.made {
		if tab(t) != tabDiff {
			d.made[t] = -1
		}
	}
	d.x1 = nil
	if d.tab == tabDiff {
		d.tab = tabAnnotated
	}
}

// stale reports whether a transaction that is shown has grown since.
func (d *detailPane) stale(i int) bool {
	return d.shown != i || d.x1 != nil && d.x1.row != d.x.data.archive.Row(i)
}

// exchange is what is shown, whole.
func (d *detailPane) exchange() *exchange {
	if d.x1 == nil {
		d.x1 = d.x.data.exchange(d.shown)
	}
	return d.x1
}

// current is the view of the open tab, made if it has to be.
func (d *detailPane) current() tabView {
	v := d.views[d.tab]
	if d.tab == tabDiff || d.shown < 0 || d.made[d.tab] == d.shown {
		return v
	}
	d.made[d.tab] = d.shown
	v.show(d.exchange())
	return v
}

// Draw implements tview.Primitive.
func (d *detailPane) Draw(s tcell.Screen) {
	d.DrawForSubclass(s, d)
	x, y, w, h := d.GetInnerRect()
	if d.shown < 0 && d.tab != tabDiff {
		return
	}
	v := d.current()
	v.SetRect(x, y, w, h)
	v.Draw(s)
}

// Focus implements tview.Primitive.
func (d *detailPane) Focus(delegate func(tview.Primitive)) { delegate(d.current()) }

// HasFocus implements tview.Primitive.
func (d *detailPane) HasFocus() bool { return d.views[d.tab].HasFocus() }

// MouseHandler implements tview.Primitive.
func (d *detailPane) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return d.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		if !d.InRect(e.Position()) || d.shown < 0 {
			return false, nil
		}
		if action == tview.MouseLeftDown {
			d.x.focus = inDetail
		}
		return d.current().MouseHandler()(action, e, focus)
	})
}

func (d *detailPane) move(m move) { d.current().move(m) }

func (d *detailPane) find(word string, back bool) bool { return d.current().find(word, back) }

func (d *detailPane) open() {
	if o, ok := d.current().(opener); ok {
		o.open()
	}
}

func (d *detailPane) back() bool {
	if d.tab == tabDiff {
		d.to(tabAnnotated)
		return false // out of the detail too: d was one step
	}
	b, ok := d.current().(backer)
	return ok && b.back()
}

// to opens a tab.
func (d *detailPane) to(t tab) {
	d.tab = t
	if d.x.focus == inDetail {
		d.x.refocus()
	}
}

func tabbing(t tab) func(*inspector) {
	return func(x *inspector) {
		x.detail.to(t)
		if x.focus == inConns {
			x.setFocus(inDetail)
		}
	}
}

func (x *inspector) nextTab()     { x.detail.to((x.detail.tab + 1) % tabDiff) }
func (x *inspector) previousTab() { x.detail.to((x.detail.tab + tabDiff - 1) % tabDiff) }

// tabs are the names of the tabs, for the title.
func (d *detailPane) tabs() line {
	th := &d.x.theme
	var l line
	for t := range tabs {
		if t == tabDiff && !d.diff {
			continue
		}
		style := th.faint
		if t == d.tab {
			style = th.strong.Underline(true)
		}
		l = append(l, span{" ", th.plain}, span{tabNames[t], style})
	}
	return l
}

// tabAt opens the tab whose name is at a column of the title.
func (d *detailPane) tabAt(column int) {
	at := 0
	for t := range tabs {
		if t == tabDiff && !d.diff {
			continue
		}
		at += 1 + len(tabNames[t])
		if column < at {
			d.to(t)
			return
		}
	}
}

// showDiff compares two transactions.
func (d *detailPane) showDiff(a, b int) {
	d.diff = true
	d.views[tabDiff].(*diffView).compare(a, b)
	d.to(tabDiff)
}

// under is the message under the cursor; nil if there is none.
func (d *detailPane) under() *decode.Message {
	if u, ok := d.views[d.tab].(interface {
		under() (*decode.Message, bool)
	}); ok && d.shown >= 0 && d.made[d.tab] == d.shown {
		if m, ok := u.under(); ok {
			return m
		}
	}
	return nil
}

// toRequest goes to the request; false if there is none.
func (d *detailPane) toRequest() bool {
	if d.shown < 0 || d.x1 == nil || d.x1.Transaction == nil || d.x1.Outcome == decode.Orphan {
		return false
	}
	d.current().move(first)
	return true
}
