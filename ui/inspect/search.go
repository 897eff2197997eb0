package inspect

import (
	"context"
	"fmt"
	"strconv"

	"imapscope/decode/filter"
	"imapscope/ui/inspect/model"
)

// search is what was searched for, and what runs in the background for it.
type search struct {
	text    string
	pending func()             // a jump that waits for what is found; may be nil
	cancel  context.CancelFunc // ends what runs; may be nil
}

func (s *search) stop() {
	if s.cancel != nil {
		s.cancel()
	}
}

// begin cancels what runs in the background and returns a context for something else.
func (s *search) begin() context.Context {
	s.stop()
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	return ctx
}

func (x *inspector) askSearch() {
	x.ask(question{
		label: "/",
		done: func(text string) {
			if text == "" {
				return
			}
			x.search.text = text
			x.startSearch()
			x.match(false)
		},
	})
}

// startSearch looks for the text among the transactions, in the background; other
// panes look through themselves.
func (x *inspector) startSearch() {
	x.search.pending = nil
	if x.focus != inTxns {
		x.model.List.Search(nil)
		return
	}
	f, err := filter.Compile(strconv.Quote(x.search.text))
	if err != nil {
		x.reportError(err)
		return
	}
	x.model.List.Search(f)
}

// match goes to the next match in the pane that has the focus, or to the one before.
func (x *inspector) match(back bool) {
	switch {
	case x.search.text == "":
		x.report("no search yet: / starts one")
	case x.focus == inTxns:
		if x.model.List.Searched() == nil {
			x.startSearch()
		}
		x.matchTxn(back)
	case !x.focused().Find(x.search.text, back):
		x.report("not found: " + x.search.text)
	}
}

// matchTxn goes to the next transaction that was found and is shown; if none is
// found yet, as soon as it is.
func (x *inspector) matchTxn(back bool) {
	list := x.model.List
	s := list.Searched()
	looking := s.Looked() < list.Limit() // before what was found
	found := x.txns.Find(x.search.text, back)
	x.search.pending = nil
	switch {
	case found:
		x.source.follow = false
		x.report(fmt.Sprintf("%s found%s", model.Number(s.Below(list.Limit())), x.soFar(s)))
	case looking:
		x.report(fmt.Sprintf("searching: %s found%s", model.Number(s.Below(list.Limit())), x.soFar(s)))
		x.search.pending = func() { x.matchTxn(back) }
	default:
		x.report("not found: " + x.search.text)
	}
}

func (x *inspector) soFar(s *model.Scan) string {
	limit := x.model.List.Limit()
	if n := s.Looked(); n < limit {
		return fmt.Sprintf(" so far, in %s of %s", model.Number(n), model.Number(limit))
	}
	return ""
}

// nextFinding goes to the next transaction with a finding that is shown. It is
// looked for in the background.
func (x *inspector) nextFinding() {
	at, ok := x.current()
	if !ok {
		return
	}
	if x.model.List.Sorted() {
		x.nextSortedFinding()
		return
	}
	ctx := x.search.begin()
	goal := x.model.List.Limit()
	x.report("looking for the next finding …")
	go func() {
		for i, r := range x.model.Each(ctx, at+1, goal) {
			if x.model.Worst(&r) == "" {
				continue
			}
			shown := make(chan bool, 1)
			x.later(func() {
				there := x.model.List.Shows(i)
				if shown <- there; there {
					x.goToTxn(i)
					x.report("")
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
			x.later(func() { x.report("no finding after this one") })
		}
	}()
}
