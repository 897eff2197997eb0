package inspect

import "imapscope/ui/inspect/panes"

// sortable returns the table that has the focus, or the transactions.
func (x *inspector) sortable() panes.Sortable {
	if x.focus == inConns {
		return x.conns
	}
	return x.txns
}

// sortNext sorts by the next column.
func (x *inspector) sortNext() { x.sortable().SortNext() }

// sortReverse reverses the order.
func (x *inspector) sortReverse() {
	if !x.sortable().SortReverse() {
		x.report("not sorted yet: s sorts by the next column, a click on a title by that one")
	}
}

// sorted reports the order, once it has changed. The cursor no longer follows what arrives:
// that is anywhere in the list.
func (x *inspector) sorted(t panes.Sortable) {
	x.source.follow = x.source.follow && !x.model.List.Sorted()
	if by := t.SortedBy(); by != "" {
		x.report("sorted " + by + "; s next column, S reverses")
		return
	}
	x.report("in the order of arrival")
}

// rearrange includes what has arrived, unless paused, and puts it where it belongs in the
// orders. The cursors stay on what they are on.
func (x *inspector) rearrange() {
	i, had := x.current()
	list := x.model.List
	if x.source.paused {
		list.Arrange()
	} else {
		list.Extend()
	}
	if had && list.Sorted() {
		x.txns.Keep(list.Row(i))
	}
	x.conns.Arrange()
}

// nextSortedFinding goes to the next transaction with a finding, in the order on the screen.
func (x *inspector) nextSortedFinding() {
	list, at := x.model.List, x.txns.At()
	if row, ok := list.Next(at, false, x.model.WithFindings()); ok && row > at {
		x.goToTxn(list.At(row))
		return
	}
	x.report("no finding after this one")
}
