package panes

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Column is one column of a grid.
type Column struct {
	Title string
	Name  string // what it is called, if not by its title
	Help  string
	width int // 0: what is left
	least int // the terminal's width from which on it is shown
	right bool
	by    int  // what it is sorted by; 0: it cannot be
	most  bool // sorted with the largest first
}

// Least returns the terminal's width from which on the column is shown.
func (c *Column) Least() int { return c.least }

// rows is what a grid shows: asked for what is on the screen, and only that. Texts
// are inert.
type rows interface {
	Len() int
	// Cells returns a row's texts and styles, by column.
	Cells(i int) []Span
}

// Grid is a table over any number of rows. Its widths do not depend on what is on the
// screen, so nothing jumps when it scrolls. It draws cells itself: tview would measure
// characters as its library does, not as terminals do.
type Grid struct {
	*tview.Box
	theme   *Theme
	columns []Column
	rows    rows
	shown   []int // indexes of the columns that fit
	widths  []int
	at      int // the row under the cursor
	top     int // first row on the screen
	height  int // rows that fit
	sort    sorting
	moved   func()
	empty   func() []string // said when there are no rows; may be nil
}

func newGrid(t *Theme, columns []Column, r rows) *Grid {
	return &Grid{Box: tview.NewBox(), theme: t, columns: columns, rows: r}
}

// Draw implements tview.Primitive.
func (g *Grid) Draw(s tcell.Screen) {
	g.DrawForSubclass(s, g)
	x, y, width, height := g.GetInnerRect()
	if width <= 0 || height <= 0 {
		return
	}
	g.height = height - 1
	g.layOut(width)
	g.title().Draw(s, x, y, width, 0, g.theme.Plain, false)
	n := g.rows.Len()
	if n == 0 {
		g.drawEmpty(s, x, y, width, height)
		return
	}
	g.at = max(min(g.at, n-1), 0)
	g.top = max(min(g.top, g.at), g.at-g.height+1)
	g.top = max(min(g.top, n-g.height), 0)
	selected := g.theme.Unfocused
	if g.HasFocus() {
		selected = g.theme.Selected
	}
	for row := range min(g.height, n-g.top) {
		l := g.line(g.top + row)
		if g.top+row == g.at {
			l.Over(selected).Draw(s, x, y+1+row, width, 0, selected, false)
			continue
		}
		l.Draw(s, x, y+1+row, width, 0, g.theme.Plain, false)
	}
}

func (g *Grid) drawEmpty(s tcell.Screen, x, y, width, height int) {
	if g.empty == nil {
		return
	}
	for i, text := range g.empty() {
		if i+1 < height {
			Line{{text, g.theme.Plain}}.Draw(s, x+1, y+1+i, width-1, 0, g.theme.Plain, false)
		}
	}
}

// line returns a row, its columns a space apart.
func (g *Grid) line(row int) Line {
	cells := g.rows.Cells(row)
	var l Line
	for i, k := range g.shown {
		if i > 0 {
			l = append(l, Span{" ", g.theme.Plain})
		}
		l = append(l, Span{Fit(cells[k].Text, g.widths[i], g.columns[k].right), cells[k].Style})
	}
	return l
}

// layOut chooses the columns that fit, and their widths.
func (g *Grid) layOut(width int) {
	g.shown, g.widths = g.shown[:0], g.widths[:0]
	left := width
	elastic := -1
	for i, c := range g.columns {
		if width < c.least {
			continue
		}
		g.shown = append(g.shown, i)
		g.widths = append(g.widths, c.width)
		if c.width == 0 {
			elastic = len(g.widths) - 1
		}
		left -= c.width + 1
	}
	if elastic >= 0 {
		g.widths[elastic] = max(left, 8)
	}
}

// Columns implements Pane.
func (g *Grid) Columns() []Column { return g.columns }

// At returns the row under the cursor.
func (g *Grid) At() int { return g.at }

// GoTo moves the cursor to a row.
func (g *Grid) GoTo(at int) {
	at = max(min(at, g.rows.Len()-1), 0)
	if at == g.at {
		return
	}
	g.at = at
	if g.moved != nil {
		g.moved()
	}
}

// SetMovedFunc sets what is called when the cursor has moved.
func (g *Grid) SetMovedFunc(f func()) { g.moved = f }

// SetEmptyFunc sets what is shown where there are no rows, a line each.
func (g *Grid) SetEmptyFunc(f func() []string) { g.empty = f }

// Move implements Pane.
func (g *Grid) Move(m Move) {
	switch m {
	case Down:
		g.GoTo(g.at + 1)
	case Up:
		g.GoTo(g.at - 1)
	case PageDown:
		g.GoTo(g.at + max(g.height-1, 1))
	case PageUp:
		g.GoTo(g.at - max(g.height-1, 1))
	case First:
		g.GoTo(0)
	case Last:
		g.GoTo(g.rows.Len() - 1)
	}
}

// find moves the cursor to the next row with a word, or to the one before.
func (g *Grid) find(word string, back bool) bool {
	n := g.rows.Len()
	step := 1
	if back {
		step = n - 1
	}
	for k, i := 0, g.at; k < n; k++ {
		i = (i + step) % n
		if strings.Contains(strings.ToLower(Line(g.rows.Cells(i)).Text()), strings.ToLower(word)) {
			g.GoTo(i)
			return true
		}
	}
	return false
}

// Back implements Pane.
func (g *Grid) Back() bool { return false }

// Click implements Pane.
func (g *Grid) Click(int) {}

// MouseHandler implements tview.Primitive. The wheel moves the cursor, so that what
// is shown below belongs to what is on the screen.
func (g *Grid) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return g.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		mx, my := e.Position()
		if !g.InRect(mx, my) {
			return false, nil
		}
		switch action {
		case tview.MouseLeftDown:
			focus(g)
		case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
			x, y, _, _ := g.GetInnerRect()
			if g.onTitle(e) {
				g.clickTitle(mx - x)
			} else if row := my - y - 1; row >= 0 && g.top+row < g.rows.Len() {
				g.GoTo(g.top + row)
			}
		case tview.MouseScrollDown:
			g.GoTo(g.at + 3)
		case tview.MouseScrollUp:
			g.GoTo(g.at - 3)
		default:
			return false, nil
		}
		return true, nil
	})
}
