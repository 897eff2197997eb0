package panes

import (
	"slices"

	"github.com/gdamore/tcell/v2"
)

// Sortable is a table that can be sorted by its columns.
type Sortable interface {
	// SortNext sorts by the next column on the screen, and after the last no longer.
	SortNext()
	// SortReverse reverses the order; false if the table is not sorted.
	SortReverse() bool
	// SortedBy returns the order in words; "" if the table is not sorted.
	SortedBy() string
}

// sorting is how a grid is sorted.
type sorting struct {
	column int // its index plus 1; 0: not sorted
	desc   bool
	resort func(by int, desc bool) // sorts the rows, by is the column's; nil: they cannot be sorted
	sorted func()                  // called afterwards; may be nil
}

// Where the order of a sorted column is shown.
const (
	ascending  = "▲"
	descending = "▼"
)

// SetSortedFunc sets what is called when the order has changed.
func (g *Grid) SetSortedFunc(f func()) { g.sort.sorted = f }

// SortNext implements Sortable.
func (g *Grid) SortNext() {
	for _, k := range g.shown {
		if c := &g.columns[k]; c.by != 0 && k >= g.sort.column {
			g.sortBy(k+1, c.most)
			return
		}
	}
	g.sortBy(0, false)
}

// SortReverse implements Sortable.
func (g *Grid) SortReverse() bool {
	if g.sort.column == 0 {
		return false
	}
	g.sortBy(g.sort.column, !g.sort.desc)
	return true
}

// SortedBy implements Sortable.
func (g *Grid) SortedBy() string {
	if g.sort.column == 0 {
		return ""
	}
	return "by " + g.columns[g.sort.column-1].name() + " " + g.arrow()
}

func (g *Grid) arrow() string {
	if g.sort.desc {
		return descending
	}
	return ascending
}

// sortBy sorts by a column, by its index plus 1; 0 ends it.
func (g *Grid) sortBy(column int, desc bool) {
	s := &g.sort
	if s.resort == nil {
		return
	}
	s.column, s.desc = column, desc
	by := 0
	if column > 0 {
		by = g.columns[column-1].by
	}
	s.resort(by, desc)
	if s.sorted != nil {
		s.sorted()
	}
}

// clickTitle sorts by the column whose title was clicked: by a further click in the other
// direction, and by a third no longer.
func (g *Grid) clickTitle(x int) {
	at := 0
	for i, k := range g.shown {
		if at += g.widths[i] + 1; x >= at {
			continue
		}
		switch c, s := &g.columns[k], &g.sort; {
		case c.by == 0:
		case s.column != k+1:
			g.sortBy(k+1, c.most)
		case s.desc == c.most:
			g.sortBy(k+1, !c.most)
		default:
			g.sortBy(0, false)
		}
		return
	}
}

// jump moves the cursor to a row that may show something else than before.
func (g *Grid) jump(at int) {
	g.at = max(min(at, g.rows.Len()-1), 0)
	if g.moved != nil {
		g.moved()
	}
}

// Keep moves the cursor to the row where what was under it now is.
func (g *Grid) Keep(at int) { g.at = at }

// name returns what a column is called in a sentence.
func (c *Column) name() string {
	if c.Name != "" {
		return c.Name
	}
	return c.Title
}

// title returns the row of the columns' titles; an arrow follows that of the sorted one.
func (g *Grid) title() Line {
	var l Line
	for i, k := range g.shown {
		c := &g.columns[k]
		style, after := g.theme.Faint, " "
		if k+1 == g.sort.column {
			style, after = g.theme.Strong, g.arrow()
		}
		l = append(l, Span{Fit(c.Title, g.widths[i], c.right), style}, Span{after, style})
	}
	return l
}

// onTitle reports whether a mouse event is on the row of titles.
func (g *Grid) onTitle(e *tcell.EventMouse) bool {
	_, my := e.Position()
	_, y, _, _ := g.GetInnerRect()
	return my == y && slices.ContainsFunc(g.columns, func(c Column) bool { return c.by != 0 })
}
