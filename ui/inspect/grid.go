package inspect

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// column is one column of a grid.
type column struct {
	title string
	help  string
	width int // 0: what is left
	least int // the terminal's width from which on it is shown
	right bool
}

// rows is what a grid shows: asked for what is on the screen, and only that. Texts
// are inert.
type rows interface {
	Len() int
	// Cells are a row's texts and styles, by column.
	Cells(i int) []span
}

// grid is a table over any number of rows. Its widths do not depend on what is on
// the screen, so nothing jumps when it scrolls.
type grid struct {
	*tview.Table
	theme   *theme
	columns []column
	rows    rows
	shown   []int // indexes of the columns that fit
	widths  []int
	at      int
	top     int    // first row on the screen
	cells   []span // of row cached
	cached  int
	height  int
	moved   func(at int)
	empty   func() []string // said when there are no rows
}

func newGrid(t *theme, columns []column, r rows) *grid {
	g := &grid{Table: tview.NewTable(), theme: t, columns: columns, rows: r, cached: -1}
	g.SetContent(gridContent{grid: g})
	g.SetSelectable(true, false).SetFixed(1, 0)
	g.SetSelectionChangedFunc(func(row, _ int) {
		if row > 0 && row-1 != g.at && row-1 < r.Len() {
			g.at = row - 1
			if g.moved != nil {
				g.moved(g.at)
			}
		}
	})
	return g
}

// gridContent is a grid's rows as tview has them: the first row is the titles.
type gridContent struct {
	tview.TableContentReadOnly
	*grid
}

func (c gridContent) GetRowCount() int    { return c.rows.Len() + 1 }
func (c gridContent) GetColumnCount() int { return len(c.shown) }

func (c gridContent) GetCell(row, col int) *tview.TableCell {
	if col < 0 || col >= len(c.shown) || row < 0 {
		return nil
	}
	k := c.shown[col]
	spec := &c.columns[k]
	if row == 0 {
		return tview.NewTableCell(fit(spec.title, c.widths[col], spec.right)).SetStyle(c.theme.faint).SetSelectable(false)
	}
	if row-1 != c.cached {
		if row > c.rows.Len() {
			return nil
		}
		c.cells, c.cached = c.rows.Cells(row-1), row-1
	}
	s := c.cells[k]
	return tview.NewTableCell(untag(fit(s.text, c.widths[col], spec.right))).SetStyle(s.style)
}

// Draw implements tview.Primitive.
func (g *grid) Draw(s tcell.Screen) {
	x, y, width, height := g.GetInnerRect()
	g.height = height - 1
	g.layOut(width)
	g.cached = -1
	style := g.theme.unfocused
	if g.HasFocus() {
		style = g.theme.selected
	}
	g.SetSelectedStyle(style)
	if n := g.rows.Len(); n > 0 {
		g.at = max(min(g.at, n-1), 0)
		if row, _ := g.GetSelection(); row != g.at+1 {
			g.Select(g.at+1, 0)
		}
		// tview would stick to the end once it has been there.
		g.top = min(g.top, g.at)
		g.top = max(g.top, g.at-g.height+1)
		g.top = max(min(g.top, n-g.height), 0)
		g.SetOffset(g.top, 0)
	}
	g.Table.Draw(s)
	if g.rows.Len() == 0 && g.empty != nil {
		for i, text := range g.empty() {
			if i+1 < height {
				line{{text, g.theme.plain}}.draw(s, x+1, y+1+i, width-1, 0, g.theme.plain, false)
			}
		}
	}
}

// layOut chooses the columns that fit, and their widths.
func (g *grid) layOut(width int) {
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

// goTo moves the cursor to a row.
func (g *grid) goTo(at int) {
	at = max(min(at, g.rows.Len()-1), 0)
	g.Select(at+1, 0)
}

// move implements mover.
func (g *grid) move(m move) {
	switch m {
	case down:
		g.goTo(g.at + 1)
	case up:
		g.goTo(g.at - 1)
	case pageDown:
		g.goTo(g.at + max(g.height-1, 1))
	case pageUp:
		g.goTo(g.at - max(g.height-1, 1))
	case first:
		g.goTo(0)
	case last:
		g.goTo(g.rows.Len() - 1)
	}
}

// MouseHandler implements tview.Primitive. The wheel moves the cursor, so that what
// is shown below belongs to what is on the screen.
func (g *grid) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	inner := g.Table.MouseHandler()
	return func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		if x, y := e.Position(); g.InRect(x, y) {
			switch action {
			case tview.MouseScrollDown:
				g.goTo(g.at + 3)
				return true, nil
			case tview.MouseScrollUp:
				g.goTo(g.at - 3)
				return true, nil
			}
		}
		return inner(action, e, focus)
	}
}
