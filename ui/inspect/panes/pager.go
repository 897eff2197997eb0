package panes

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Content is lines that a pager shows. Only those on the screen are asked for.
type Content interface {
	Len() int
	Line(i int) Line
}

// Lines is content that is there already.
type Lines []Line

// Len implements Content.
func (l Lines) Len() int { return len(l) }

// Line implements Content.
func (l Lines) Line(i int) Line { return l[i] }

// Pager is a primitive that shows lines, with a cursor. It draws cells itself, so
// nothing in a line can be taken for a tag.
type Pager struct {
	*tview.Box
	theme *Theme

	content Content
	at      int // line under the cursor
	top     int // first line on the screen
	left    int // columns scrolled off
	mark    int // a line that is pointed at, from 1; 0: none
	found   string
	height  int
	moved   func(at int) // the cursor went elsewhere
	clicked func(at, column int)
}

// NewPager returns an empty pager.
func NewPager(t *Theme) *Pager {
	return &Pager{Box: tview.NewBox(), theme: t, content: Lines(nil)}
}

// Show sets what is shown; the cursor goes to a line.
func (p *Pager) Show(c Content, at int) {
	p.content = c
	p.left = 0
	p.top = 0
	p.mark = 0
	p.at = max(min(at, c.Len()-1), 0)
}

// Draw implements tview.Primitive.
func (p *Pager) Draw(s tcell.Screen) {
	p.DrawForSubclass(s, p)
	x, y, width, height := p.GetInnerRect()
	p.height = height
	n := p.content.Len()
	p.at = max(min(p.at, n-1), 0)
	if p.at < p.top {
		p.top = p.at
	}
	if p.at >= p.top+height {
		p.top = p.at - height + 1
	}
	p.top = max(min(p.top, n-height), 0)
	for row := range height {
		i := p.top + row
		if i >= n {
			break
		}
		l := p.content.Line(i).highlight(p.found, p.theme.Found)
		if i == p.at && p.HasFocus() {
			l.Over(p.theme.Selected).Draw(s, x, y+row, width, p.left, p.theme.Selected, true)
			continue
		}
		if i+1 == p.mark {
			l.Over(p.theme.Found).Draw(s, x, y+row, width, p.left, p.theme.Found, true)
			continue
		}
		l.Draw(s, x, y+row, width, p.left, p.theme.Plain, false)
	}
}

// Wants returns the number of rows that would show everything.
func (p *Pager) Wants() int { return p.content.Len() }

// GoTo moves the cursor to a line.
func (p *Pager) GoTo(at int) {
	at = max(min(at, p.content.Len()-1), 0)
	if at == p.at {
		return
	}
	p.at = at
	if p.moved != nil {
		p.moved(at)
	}
}

// Move moves the cursor.
func (p *Pager) Move(m Move) {
	switch m {
	case Down:
		p.GoTo(p.at + 1)
	case Up:
		p.GoTo(p.at - 1)
	case PageDown:
		p.GoTo(p.at + max(p.height-1, 1))
	case PageUp:
		p.GoTo(p.at - max(p.height-1, 1))
	case First:
		p.GoTo(0)
	case Last:
		p.GoTo(p.content.Len() - 1)
	case Left:
		p.left = max(p.left-8, 0)
	case Right:
		if p.left+8 < p.widest() {
			p.left += 8
		}
	}
}

// widest is the width of the widest line on the screen.
func (p *Pager) widest() int {
	w := 0
	for i := p.top; i < min(p.top+p.height, p.content.Len()); i++ {
		w = max(w, p.content.Line(i).Width())
	}
	return w
}

// Find moves to the next line with a word, from the one after the cursor on, or
// backwards; it goes round. It reports whether there is one.
func (p *Pager) Find(word string, back bool) bool {
	p.found = word
	n := p.content.Len()
	if word == "" || n == 0 {
		return false
	}
	word = strings.ToLower(word)
	step := 1
	if back {
		step = n - 1
	}
	for k, i := 0, p.at; k < n; k++ {
		i = (i + step) % n
		if strings.Contains(strings.ToLower(p.content.Line(i).Text()), word) {
			p.GoTo(i)
			return true
		}
	}
	return false
}

// MouseHandler implements tview.Primitive.
func (p *Pager) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return p.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		mx, my := e.Position()
		if !p.InRect(mx, my) {
			return false, nil
		}
		switch action {
		case tview.MouseLeftDown:
			focus(p)
		case tview.MouseLeftClick:
			x, y, _, height := p.GetInnerRect()
			if row := my - y; row >= 0 && row < height {
				at := p.top + row
				p.GoTo(at)
				if p.clicked != nil && at < p.content.Len() {
					p.clicked(at, mx-x+p.left)
				}
			}
		case tview.MouseScrollDown:
			p.scroll(3)
		case tview.MouseScrollUp:
			p.scroll(-3)
		default:
			return false, nil
		}
		return true, nil
	})
}

// scroll moves what is shown; the cursor stays on the screen.
func (p *Pager) scroll(by int) {
	p.top = max(min(p.top+by, p.content.Len()-p.height), 0)
	p.GoTo(max(min(p.at, p.top+p.height-1), p.top))
}
