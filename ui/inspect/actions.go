package inspect

import (
	"slices"
	"strings"

	"imapscope/capture"
	"imapscope/decode/filter"
	"imapscope/decode/wire"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// open goes into what is under the cursor.
func (x *inspector) open() {
	if x.focus == inHelp {
		x.closeHelp()
		return
	}
	switch g := x.focused().Open(); g.To {
	case panes.ToConn:
		x.model.List.Only(g.Conn)
		x.setFocus(inTxns)
		x.txns.GoTo(0)
		x.selected()
	case panes.ToDetail:
		x.setFocus(inDetail)
	case panes.ToTxn:
		x.goToTxn(g.Txn)
		x.openTab(panes.TabAnnotated)
		x.pointTo(&g)
	}
}

// pointTo shows the bytes that a goal leads to, in the tab that is open.
func (x *inspector) pointTo(g *panes.Goal) {
	if g.Len == 0 {
		return
	}
	if m, start, end, ok := x.detail.Exchange().Goes(g.Dir, g.Off, g.Len); ok {
		x.detail.Point(m, wire.Span{Start: start, End: end})
	}
}

// back undoes the last step into something.
func (x *inspector) back() {
	switch {
	case x.focus == inHelp:
		x.closeHelp()
	case x.zoomed:
		x.zoomed = false
	case x.focused().Back():
	case x.focus != inTxns:
		x.setFocus(inTxns)
	case x.model.List.Narrowed():
		x.showAll()
	default:
		x.quit()
	}
}

// toLast also follows what arrives.
func (x *inspector) toLast() {
	x.focused().Move(panes.Last)
	if x.focus == inTxns && x.Live && !x.source.ended && !x.model.List.Sorted() {
		x.source.follow = true
	}
}

// openTab opens a tab of the detail.
func (x *inspector) openTab(t panes.Tab) {
	x.detail.To(t)
	switch x.focus {
	case inDetail:
		x.refocus() // the view has it now
	case inConns:
		x.setFocus(inDetail)
	}
}

// openConnTab returns a function that opens a tab about a connection; from the connections,
// that of the one under the cursor, whose transactions alone are shown then.
func openConnTab(t panes.Tab) func(*inspector) {
	return func(x *inspector) { x.openOfConn(t) }
}

func (x *inspector) openOfConn(t panes.Tab) {
	if x.focus == inConns {
		i, ok := x.current()
		if id, there := x.conns.Current(); there && (!ok || x.model.Archive.Row(i).Conn != id) {
			x.model.List.Only(id)
			x.txns.GoTo(0)
			x.selected()
		}
	}
	x.openTab(t)
}

// goToTxn puts the cursor on a transaction, by its index among all; a filter that hides it
// is removed.
func (x *inspector) goToTxn(i int) {
	list := x.model.List
	if !list.Shows(i) {
		list.Narrow("", nil, 0)
	}
	x.source.follow = false
	x.txns.GoTo(list.Row(i))
	x.selected()
}

// selected shows the detail of what is under the cursor.
func (x *inspector) selected() {
	if x.Live && x.focus == inTxns && x.txns.At() < x.model.List.Len()-1 {
		x.source.follow = false
	}
	i, ok := x.current()
	if !ok {
		x.showConn()
		return
	}
	x.show(i)
}

// showConn shows the connection that is chosen or under the cursor, where there is no
// transaction.
func (x *inspector) showConn() {
	id := x.chosenConn()
	if id == 0 {
		x.detail.Clear()
		return
	}
	x.detail.ShowConn(id)
}

// chosenConn returns the connection that showConn shows; 0 if there is none.
func (x *inspector) chosenConn() capture.ConnID {
	id := x.model.List.Conn()
	if id == 0 && x.model.List.Limit() == 0 {
		id, _ = x.conns.Current()
	}
	return id
}

// show shows a transaction in the detail.
func (x *inspector) show(i int) {
	x.detail.AnswerFirst = x.lesson != nil && x.source.follow
	x.detail.Show(i)
}

// setFilter narrows the list by an expression.
func (x *inspector) setFilter(source string) error {
	f, err := filter.Compile(source)
	if err != nil {
		return err
	}
	if strings.TrimSpace(source) == "" {
		f = nil
	}
	i, had := x.current()
	list := x.model.List
	list.Narrow(strings.TrimSpace(source), f, list.Conn())
	if had && !list.Narrowed() {
		x.txns.GoTo(list.Row(i))
	} else {
		x.txns.GoTo(0)
	}
	x.selected()
	return nil
}

func (x *inspector) askFilter() {
	x.ask(question{
		label: "filter: ",
		text:  x.model.List.Source(),
		offer: filter.Complete,
		means: func(string) string { return "shows what matches" },
		check: func(text string) (string, int) {
			if _, err := filter.Compile(text); err != nil {
				return filterFault(err)
			}
			return "", -1
		},
		done: func(text string) { x.reportError(x.setFilter(text)) },
	})
}

// filterFault returns what is wrong with an expression, and where, in columns.
func filterFault(err error) (string, int) {
	if e, ok := err.(*filter.Error); ok {
		return e.Msg, e.Col - 1
	}
	return err.Error(), -1
}

// completeFilter completes the last word of an expression.
func completeFilter(text string) []string {
	at := strings.LastIndexAny(text, " (!,") + 1
	word := strings.ToLower(text[at:])
	if word == "" || strings.Count(text, `"`)%2 == 1 {
		return nil
	}
	var out []string
	for _, f := range filter.Fields() {
		if strings.HasPrefix(f.Name, word) && f.Name != word {
			out = append(out, text[:at]+f.Name)
		}
	}
	return out
}

// showAll removes the filter and the choice of a connection.
func (x *inspector) showAll() {
	i, ok := x.current()
	x.model.List.Narrow("", nil, 0)
	if ok {
		x.txns.GoTo(x.model.List.Row(i))
	}
	x.selected()
}

// pause stops what is shown; what arrives meanwhile is kept and shown later.
func (x *inspector) pause() {
	if x.source.paused = !x.source.paused; !x.source.paused {
		x.refresh()
	}
}

// secrets shows or masks secrets.
func (x *inspector) secrets() {
	shown := &x.model.View.ShowSecrets
	*shown = !*shown
	x.model.Forget()
	x.selected()
	if *shown {
		x.report("secrets are shown, not masked")
	} else {
		x.report("secrets are masked")
	}
}

func (x *inspector) bookmark() {
	if i, ok := x.current(); ok {
		x.model.Marks.ToggleBookmark(i)
		x.rearrange()
	}
}

func (x *inspector) nextBookmark() {
	at, _ := x.current()
	i, ok := x.model.Marks.NextBookmark(at)
	if !ok {
		x.report("no bookmark: b sets one")
		return
	}
	x.goToTxn(i)
}

func (x *inspector) mark() {
	if i, ok := x.current(); ok {
		x.model.Marks.ToggleMark(i)
		x.rearrange()
	}
}

// diff compares the two transactions that were marked last, or the one under the cursor
// with its twin.
func (x *inspector) diff() {
	var a, b int
	if marked := x.model.Marks.Marked; len(marked) >= 2 {
		a, b = marked[len(marked)-2], marked[len(marked)-1]
	} else {
		var ok bool
		if a, b, ok = x.twins(); !ok {
			x.report("mark two transactions first, with m")
			return
		}
	}
	x.detail.Compare(a, b)
	x.setFocus(inDetail)
}

// twins returns the transaction under the cursor and that in place of which it was
// replayed, the recorded one first.
func (x *inspector) twins() (a, b int, ok bool) {
	i, ok := x.current()
	if !ok || x.Replay == nil {
		return 0, 0, false
	}
	r := x.model.Archive.Row(i)
	c, n, played, _, ok := x.Replay.Twin(r.Conn, r.N)
	if !ok {
		return 0, 0, false
	}
	k, ok := x.model.Archive.Find(c, n)
	if played {
		i, k = k, i
	}
	return i, k, ok
}

// replay replays what was recorded again.
func (x *inspector) replay() {
	if x.Replay == nil {
		x.report("imapscope replay FILE --to ADDR --inspect opens a recording with the server to play it against")
		return
	}
	x.report("playing …")
	x.play()
}

// askCommand does an action by its name, or goes to a transaction by its number.
func (x *inspector) askCommand() {
	x.ask(question{
		label:    ":",
		complete: func(text string) []string { return named(x.actions, text) },
		check: func(text string) (string, int) {
			if _, _, number := x.numbered(text); number || text == "" || len(named(x.actions, text)) > 0 {
				return "", -1
			}
			return "no such command", -1
		},
		done: x.command,
	})
}

func (x *inspector) command(text string) {
	if i, found, number := x.numbered(text); number {
		if !found {
			x.report("there is no transaction " + text)
			return
		}
		x.goToTxn(i)
		return
	}
	names := named(x.actions, text)
	if text == "" || len(names) == 0 {
		return
	}
	if !slices.Contains(names, text) {
		if len(names) > 1 {
			x.report(text + " is " + strings.Join(names, " or "))
			return
		}
		text = names[0]
	}
	for i := range x.actions {
		if a := &x.actions[i]; a.name == text {
			if !a.worksIn(x.focus) {
				x.setFocus(paneFor(a.where))
			}
			a.do(x)
		}
	}
}

// numbered returns the transaction whose number a text is: 4 on the connection of the
// cursor, 2/4 on connection 2. Number reports whether it is one at all.
func (x *inspector) numbered(text string) (i int, found, number bool) {
	conn, n, number := view.ParseNumber(text)
	if !number {
		return 0, false, false
	}
	if conn == 0 {
		k, ok := x.current()
		if !ok {
			return 0, false, true
		}
		conn = x.model.Archive.Row(k).Conn
	}
	i, found = x.model.Archive.Find(conn, n)
	return i, found && i < x.model.List.Limit(), true
}

// paneFor returns a pane in which an action works.
func paneFor(w where) pane {
	for _, p := range []pane{inTxns, inDetail, inConns, inWaiting, inFaults} {
		if w&(1<<p) != 0 {
			return p
		}
	}
	return inTxns
}
