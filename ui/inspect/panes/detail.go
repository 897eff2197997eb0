package panes

import (
	"math"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/wire"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// Tab is a view of the transaction under the cursor.
type Tab int

// The tabs.
const (
	TabAnnotated Tab = iota
	TabTree
	TabMessage
	TabTiming
	TabFindings
	TabLadder
	TabLayers  // only of a connection that has layers
	TabWhy     // only if something is wrong, on any connection
	TabDiff    // from here on: only once they are asked for
	TabHistory // of a message or a mailbox, across connections
	TabHeld    // a message that waits
	TabAnswers // to a command of the user's own
	tabs
)

// String returns the tab's name.
func (t Tab) String() string {
	return [tabs]string{"Annotated", "Tree", "Message", "Timing", "Findings", "Ladder", "Layers", "Why", "Diff", "History", "Held", "Answers"}[t]
}

// special reports whether the tab is only there once it is asked for. It does not follow the
// cursor of the transactions.
func (t Tab) special() bool { return t >= TabDiff }

// TabNamed returns the tab with a name, in any letter case; false if there is none.
func TabNamed(name string) (Tab, bool) {
	for t := range tabs {
		if strings.EqualFold(t.String(), name) {
			return t, true
		}
	}
	return 0, false
}

// Detail shows the transaction under the cursor, by tabs. Only the tab that is open is
// made.
type Detail struct {
	*tview.Box
	base
	// AnswerFirst: the command was just typed; its answer is unfolded, not itself.
	AnswerFirst bool

	tab    Tab
	views  [tabs]View
	found  *findingsView
	ladder *ladder
	layers *layersView
	why    *whyView
	diff   *diffView
	past   *historyView
	held   *annotated
	own    *answersView
	shown  int            // the transaction; -1: none
	conn   capture.ConnID // shown if there is no transaction; 0: none
	made   [tabs]int      // what each tab shows: a transaction, -1: nothing yet
	ex     *model.Exchange
	asked  [tabs]bool // the tabs that are only there once they are asked for
}

// NewDetail returns the detail of a model's transactions.
func NewDetail(t *Theme, m *model.Model) *Detail {
	b := base{t, m}
	d := &Detail{Box: tview.NewBox(), base: b, found: newFindingsView(b), ladder: newLadder(b), layers: newLayersView(b), why: newWhyView(b), diff: newDiffView(b), past: newHistoryView(b), held: newAnnotated(b), own: newAnswersView(b)}
	d.views = [tabs]View{newAnnotated(b), newTreeHex(b), newMailView(b), newTimingView(b), d.found, d.ladder, d.layers, d.why, d.diff, d.past, d.held, d.own}
	d.Clear()
	return d
}

// Clear shows nothing.
func (d *Detail) Clear() {
	d.shown, d.conn = -1, 0
	d.ex = nil
	for i := range d.made {
		d.made[i] = -1
	}
}

// ShowConn shows a connection without transactions: what was found about it, on the tab of
// findings, and its layers.
func (d *Detail) ShowConn(id capture.ConnID) {
	d.Clear()
	d.conn = id
	d.found.ShowConn(id)
	d.layers.ShowConn(id)
	d.why.ShowConn(id)
}

// Show shows a transaction in the tab that is open. A tab that is about something else stays open
// if the transaction was shown before, and has only changed.
func (d *Detail) Show(i int) {
	other := i != d.shown
	d.shown = i
	for t := range d.made {
		if !Tab(t).special() {
			d.made[t] = -1
		}
	}
	d.ex = nil
	if other && d.tab.special() {
		d.tab = TabAnnotated
	}
}

// Stale reports whether what is shown is not a transaction as it now is.
func (d *Detail) Stale(i int) bool {
	return d.shown != i || d.ex != nil && d.ex.Row != d.model.Archive.Row(i)
}

// Exchange returns what is shown.
func (d *Detail) Exchange() *model.Exchange {
	if d.ex == nil {
		d.ex = d.model.Exchange(d.shown)
		d.ex.AnswerFirst = d.AnswerFirst
	}
	return d.ex
}

// current returns the view of the open tab, made if it has to be.
func (d *Detail) current() View {
	v := d.views[d.tab]
	if d.tab.special() || d.shown < 0 || d.made[d.tab] == d.shown {
		return v
	}
	d.made[d.tab] = d.shown
	v.Show(d.Exchange())
	return v
}

// empty reports whether the open tab has nothing to show.
func (d *Detail) empty() bool {
	if d.shown >= 0 || d.tab.special() || d.tab == TabWhy {
		return false
	}
	return d.conn == 0 || d.tab != TabFindings && d.tab != TabLayers
}

// Draw implements tview.Primitive.
func (d *Detail) Draw(s tcell.Screen) {
	d.DrawForSubclass(s, d)
	x, y, w, h := d.GetInnerRect()
	if d.empty() {
		return
	}
	v := d.current()
	v.SetRect(x, y, w, h)
	v.Draw(s)
}

// Focus implements tview.Primitive.
func (d *Detail) Focus(delegate func(tview.Primitive)) { delegate(d.current()) }

// HasFocus implements tview.Primitive.
func (d *Detail) HasFocus() bool { return d.views[d.tab].HasFocus() }

// MouseHandler implements tview.Primitive.
func (d *Detail) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return d.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		if !d.InRect(e.Position()) || d.empty() {
			return false, nil
		}
		return d.current().MouseHandler()(action, e, focus)
	})
}

// Name implements Pane.
func (d *Detail) Name() string { return "Detail" }

// Title implements Pane: the names of the tabs, and of the connection's layers.
func (d *Detail) Title() Line {
	var l Line
	c := d.connection()
	for t := range tabs {
		if !d.offers(t, &c) {
			continue
		}
		style := d.theme.Faint
		if t == d.tab {
			style = d.theme.Strong.Underline(true)
		}
		l = append(l, Span{" ", d.theme.Plain}, Span{d.Key(t), d.theme.Key}, Span{d.label(t), style})
	}
	if words := layersOf(&c); words != "" {
		l = append(l, Span{"  " + words, d.theme.Plain})
	}
	return l
}

// connection returns the connection that is shown; the zero Conn if there is none.
func (d *Detail) connection() archive.Conn {
	id := d.conn
	if d.shown >= 0 {
		id = d.model.Archive.Row(d.shown).Conn
	}
	c, _ := d.model.Archive.ConnOf(id)
	return c
}

// layersOf returns the layers of a connection in a word, and whether they could be opened.
func layersOf(c *archive.Conn) string {
	words := view.Inert(view.Layers(c.Upgraded, c.TLS))
	if c.Dark != 0 {
		words += " unopened"
	}
	return words
}

// Key returns the key that opens a tab; "" if none does.
func (d *Detail) Key(t Tab) string {
	if t.special() {
		return ""
	}
	return strconv.Itoa(int(t) + 1)
}

// label returns a tab's name, and how much went wrong.
func (d *Detail) label(t Tab) string {
	if n := d.model.Wrong(); t == TabWhy && n > 0 {
		return t.String() + " " + model.Number(n)
	}
	return t.String()
}

// offers reports whether a tab is there for what is shown.
func (d *Detail) offers(t Tab, c *archive.Conn) bool {
	switch {
	case t == d.tab:
		return true
	case t == TabLayers:
		return model.Layered(c)
	case t == TabWhy:
		return d.model.Wrong() > 0
	}
	return !t.special() || d.asked[t]
}

// Click implements Pane: it opens the tab whose name was clicked.
func (d *Detail) Click(column int) {
	at, c := 0, d.connection()
	for t := range tabs {
		if !d.offers(t, &c) {
			continue
		}
		at += 1 + len(d.Key(t)) + len(d.label(t))
		if column < at {
			d.To(t)
			return
		}
	}
}

// Wants returns how many rows would show everything; very many if there is no telling.
func (d *Detail) Wants() int {
	if d.empty() {
		return 0
	}
	if v, ok := d.views[d.tab].(interface{ Wants() int }); ok {
		return v.Wants()
	}
	return math.MaxInt16
}

// Columns implements Pane.
func (d *Detail) Columns() []Column { return nil }

// Move implements Pane.
func (d *Detail) Move(m Move) { d.current().Move(m) }

// Find implements Pane.
func (d *Detail) Find(word string, back bool) bool { return d.current().Find(word, back) }

// Open implements Pane.
func (d *Detail) Open() Goal {
	if o, ok := d.current().(opener); ok {
		return o.Open()
	}
	return Goal{}
}

// Back implements Pane.
func (d *Detail) Back() bool {
	if d.tab.special() {
		d.To(TabAnnotated)
		return false // out of the detail too: the key was one step
	}
	b, ok := d.current().(backer)
	return ok && b.Back()
}

// Tab returns the tab that is open.
func (d *Detail) Tab() Tab { return d.tab }

// To opens a tab. If the detail has the focus, it is to be given it again.
func (d *Detail) To(t Tab) { d.tab = t }

// Next returns the tab after the open one, or by -1 the one before.
func (d *Detail) Next(by int) Tab {
	c, t := d.connection(), d.tab
	for {
		t = (t + Tab(by) + TabDiff) % TabDiff
		if d.offers(t, &c) {
			return t
		}
	}
}

// Compare opens the tab of what differs between two transactions.
func (d *Detail) Compare(a, b int) {
	d.asked[TabDiff] = true
	d.diff.Compare(a, b)
	d.To(TabDiff)
}

// History opens the tab of what was reported about a message or a mailbox.
func (d *Detail) History(h *model.History) {
	d.asked[TabHistory] = true
	d.past.History(h)
	d.To(TabHistory)
}

// Held opens the tab of a message that waits; nil closes it.
func (d *Detail) Held(ex *model.Exchange) {
	switch {
	case ex != nil:
		d.held.Show(ex)
		d.To(TabHeld)
	case d.tab == TabHeld:
		d.To(TabAnnotated)
	}
}

// Answers shows answers to commands of the user's own, on their tab.
func (d *Detail) Answers(all Answers) {
	d.asked[TabAnswers] = true
	d.own.Answers(all)
}

// Under returns the message under the cursor; nil if there is none.
func (d *Detail) Under() *decode.Message {
	if r, ok := d.views[d.tab].(reader); ok && d.shown >= 0 && d.made[d.tab] == d.shown {
		if m, ok := r.Under(); ok {
			return m
		}
	}
	return nil
}

// ToRequest moves the cursor to the request; it returns false if there is none.
func (d *Detail) ToRequest() bool {
	if d.shown < 0 || d.ex == nil || d.ex.Transaction == nil || d.ex.Outcome == decode.Orphan {
		return false
	}
	d.current().Move(First)
	return true
}

// Point shows a place of the exchange: a byte of a message, or if the stretch is empty the
// message.
func (d *Detail) Point(message int, at wire.Span) {
	if v, ok := d.current().(pointer); ok && message >= 0 {
		v.Point(message, at)
	}
}

// ToGreeting moves the ladder's cursor to the greeting, if the ladder is open.
func (d *Detail) ToGreeting() {
	if d.current() == View(d.ladder) {
		d.ladder.toGreeting()
	}
}

// AtGreeting reports whether the cursor is on the greeting, in the ladder.
func (d *Detail) AtGreeting() bool { return d.tab == TabLadder && d.ladder.greets() }

// ScaleLadder opens the ladder and shows time to scale there, or no longer; it reports
// which.
func (d *Detail) ScaleLadder() bool {
	d.To(TabLadder)
	d.current()
	d.ladder.toggleScale()
	return d.ladder.scale
}

// LadderToScale reports whether the ladder shows time to scale.
func (d *Detail) LadderToScale() bool { return d.ladder.scale }
