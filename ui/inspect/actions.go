package inspect

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/filter"
)

// goToTxn puts the cursor on a transaction, among all; what hides it is taken away.
func (x *inspector) goToTxn(i int) {
	row := x.list.row(i)
	if row >= x.list.Len() || x.list.at(row) != i {
		x.list.narrow("", nil, 0)
		row = i
	}
	x.follow = false
	x.txns.goTo(row)
	x.selected()
}

// selected shows the detail of what is under the cursor.
func (x *inspector) selected() {
	i, ok := x.current()
	if x.Live && x.focus == inTxns && x.txns.at < x.list.Len()-1 {
		x.follow = false
	}
	if !ok {
		x.detail.clear()
		return
	}
	x.detail.show(i)
}

// arrived shows again what may have grown.
func (x *inspector) arrived() {
	if i, ok := x.current(); ok && x.detail.stale(i) {
		x.detail.show(i)
	}
	if x.pending != nil {
		x.pending()
	}
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
	x.list.narrow(strings.TrimSpace(source), f, x.list.conn)
	if had && x.list.hits == nil {
		x.txns.goTo(i)
	} else {
		x.txns.goTo(0)
	}
	x.selected()
	return nil
}

func (x *inspector) askFilter() {
	x.ask(question{
		label:    "filter: ",
		text:     x.list.source,
		complete: completeFilter,
		check: func(text string) (string, int) {
			if _, err := filter.Compile(text); err != nil {
				return filterFault(err)
			}
			return "", -1
		},
		done: func(text string) { x.fail(x.setFilter(text)) },
	})
}

// filterFault is what is wrong with an expression, and where, in columns.
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

// showAll takes away filter and choice of connection.
func (x *inspector) showAll() {
	i, ok := x.current()
	x.list.narrow("", nil, 0)
	if ok {
		x.txns.goTo(i)
	}
	x.selected()
}

func (x *inspector) askSearch() {
	x.ask(question{
		label: "/",
		done: func(text string) {
			if text == "" {
				return
			}
			x.find = text
			x.startSearch()
			x.nextMatch()
		},
	})
}

// startSearch looks for the text among the transactions, in the background; other
// panes look through themselves.
func (x *inspector) startSearch() {
	if x.list.search != nil {
		x.list.search.stop()
		x.list.search = nil
	}
	x.pending = nil
	if x.focus != inTxns {
		return
	}
	f, err := filter.Compile(strconv.Quote(x.find))
	if err != nil {
		x.fail(err)
		return
	}
	x.list.search = x.list.scan(f, 0)
}

func (x *inspector) nextMatch()     { x.match(false) }
func (x *inspector) previousMatch() { x.match(true) }

// match goes to the next match in the pane that has the focus.
func (x *inspector) match(back bool) {
	if x.find == "" {
		x.say("nothing was searched for: / begins")
		return
	}
	switch x.focus {
	case inDetail:
		if !x.detail.find(x.find, back) {
			x.say("not found: " + x.find)
		}
	case inConns:
		x.matchConn(back)
	case inTxns:
		if x.list.search == nil {
			x.startSearch()
		}
		x.matchTxn(back)
	}
}

func (x *inspector) matchConn(back bool) {
	n := x.data.conns()
	step := 1
	if back {
		step = n - 1
	}
	for k, i := 0, x.conns.at; k < n; k++ {
		i = (i + step) % n
		var all []string
		for _, c := range (connRows{x}).Cells(i) {
			all = append(all, c.text)
		}
		if strings.Contains(strings.ToLower(strings.Join(all, " ")), strings.ToLower(x.find)) {
			x.conns.goTo(i)
			return
		}
	}
	x.say("not found: " + x.find)
}

// matchTxn goes to the next transaction that was found and is shown; if none is
// found yet, as soon as it is.
func (x *inspector) matchTxn(back bool) {
	s := x.list.search
	at, _ := x.current()
	if i, ok := x.nextShown(s, at, back); ok {
		x.pending = nil
		x.goToTxn(i)
		x.say(fmt.Sprintf("%s found%s", number(s.below(x.list.limit)), x.soFar(s)))
		return
	}
	if s.looked() < x.list.limit {
		x.say(fmt.Sprintf("searching: %s found%s", number(s.below(x.list.limit)), x.soFar(s)))
		x.pending = func() { x.matchTxn(back) }
		return
	}
	x.pending = nil
	x.say("not found: " + x.find)
}

func (x *inspector) soFar(s *scan) string {
	if n := s.looked(); n < x.list.limit {
		return fmt.Sprintf(" so far, in %s of %s", number(n), number(x.list.limit))
	}
	return ""
}

// nextShown is the next hit behind (or before) a transaction that is also shown; it
// goes round once all is looked at.
func (x *inspector) nextShown(s *scan, at int, back bool) (int, bool) {
	n := s.below(x.list.limit)
	k := s.place(at + 1)
	if back {
		k = s.place(at) - 1
	}
	complete := s.looked() >= x.list.limit
	for range n {
		if k >= n || k < 0 {
			if !complete {
				return 0, false
			}
			k = (k + n) % n
		}
		if i := s.get(k); x.isShown(i) {
			return i, true
		}
		if back {
			k--
		} else {
			k++
		}
	}
	return 0, false
}

// nextFinding goes to the next transaction with a finding that is shown. It is
// looked for beside.
func (x *inspector) nextFinding() {
	at, ok := x.current()
	if !ok {
		return
	}
	ctx := x.newSearch()
	goal := x.list.limit
	x.say("looking for the next finding …")
	go func() {
		for i, r := range x.data.each(ctx, at+1, goal) {
			if x.worst(&r) == "" {
				continue
			}
			shown := make(chan bool, 1)
			x.later(func() {
				if shown <- x.isShown(i); x.isShown(i) {
					x.goToTxn(i)
					x.say("")
				}
			})
			select {
			case <-ctx.Done():
				return
			case there := <-shown:
				if there {
					return
				}
			}
		}
		if ctx.Err() == nil {
			x.later(func() { x.say("no finding behind this one") })
		}
	}()
}

// newSearch ends what was looked for beside, if it still is, and begins anew.
func (x *inspector) newSearch() context.Context {
	if x.search != nil {
		x.search()
	}
	ctx, cancel := context.WithCancel(context.Background())
	x.search = cancel
	return ctx
}

// isShown reports whether a transaction is among those shown.
func (x *inspector) isShown(i int) bool {
	row := x.list.row(i)
	return row < x.list.Len() && x.list.at(row) == i
}

func (x *inspector) bookmark() {
	if i, ok := x.current(); ok {
		if x.bookmarks[i] {
			delete(x.bookmarks, i)
		} else {
			x.bookmarks[i] = true
		}
	}
}

func (x *inspector) nextBookmark() {
	at, _ := x.current()
	var all []int
	for i := range x.bookmarks {
		all = append(all, i)
	}
	if len(all) == 0 {
		x.say("no bookmark: b sets one")
		return
	}
	slices.Sort(all)
	k, _ := slices.BinarySearch(all, at+1)
	x.goToTxn(all[k%len(all)])
}

func (x *inspector) isMarked(i int) bool { return slices.Contains(x.marked, i) }

// mark marks a transaction; the oldest mark of three goes.
func (x *inspector) mark() {
	i, ok := x.current()
	if !ok {
		return
	}
	if k := slices.Index(x.marked, i); k >= 0 {
		x.marked = slices.Delete(x.marked, k, k+1)
		return
	}
	x.marked = append(x.marked, i)
}

func (x *inspector) diff() {
	if len(x.marked) < 2 {
		if a, b, ok := x.twins(); ok {
			x.detail.showDiff(a, b)
			x.setFocus(inDetail)
			return
		}
		x.say("mark two transactions first, with m")
		return
	}
	x.detail.showDiff(x.marked[len(x.marked)-2], x.marked[len(x.marked)-1])
	x.setFocus(inDetail)
}

// twins are the transaction under the cursor and that in place of which it was played,
// the recorded one first.
func (x *inspector) twins() (a, b int, ok bool) {
	i, ok := x.current()
	if !ok || x.Replay == nil {
		return 0, 0, false
	}
	r := x.data.archive.Row(i)
	c, n, played, _, ok := x.Replay.Twin(r.Conn, r.N)
	if !ok {
		return 0, 0, false
	}
	k, ok := x.data.archive.Find(c, n)
	if played {
		i, k = k, i
	}
	return i, k, ok
}

// replay plays what was recorded once more.
func (x *inspector) replay() {
	if x.Replay == nil {
		x.say("imapscope replay FILE --to ADDR --inspect opens a recording with the server to play it against")
		return
	}
	x.say("playing …")
	x.replays()
}

func (x *inspector) askCommand() {
	x.ask(question{
		label:    ":",
		complete: func(text string) []string { return named(x.actions, text) },
		check: func(text string) (string, int) {
			if text != "" && len(named(x.actions, text)) == 0 {
				return "no such command", -1
			}
			return "", -1
		},
		done: func(text string) {
			names := named(x.actions, text)
			if text == "" || len(names) == 0 {
				return
			}
			if !slices.Contains(names, text) {
				if len(names) > 1 {
					x.say(text + " is " + strings.Join(names, " or "))
					return
				}
				text = names[0]
			}
			for i := range x.actions {
				if a := &x.actions[i]; a.name == text {
					if a.where&(1<<x.focus) == 0 {
						x.setFocus(paneFor(a.where))
					}
					a.do(x)
				}
			}
		},
	})
}

// paneFor is a pane in which an action works.
func paneFor(w where) pane {
	for _, p := range []pane{inTxns, inDetail, inConns} {
		if w&(1<<p) != 0 {
			return p
		}
	}
	return inTxns
}
