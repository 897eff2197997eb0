package inspect

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// content is lines that a pager shows. Only those on the screen are asked for.
type content interface {
	Len() int
	Line(i int) line
}

// lines is content that is there already.
type lines []line

func (l lines) Len() int        { return len(l) }
func (l lines) Line(i int) line { return l[i] }

// pager is a primitive that shows lines, with a cursor. It draws cells itself, so
// nothing in a line can be taken for a tag.
type pager struct {
	*tview.Box
	theme *theme

	content content
	at      int // line under the cursor
	top     int // first line on the screen
	left    int // columns scrolled off
	mark    int // a line that is pointed at, from 1; 0: none
	found   string
	height  int
	moved   func(at int) // the cursor went elsewhere
	clicked func(at, column int)
}

func newPager(t *theme) *pager {
	return &pager{Box: tview.NewBox(), theme: t, content: lines(nil)}
}

// show sets what is shown; the cursor goes to a line.
func (p *pager) show(c content, at int) {
	p.content = c
	p.left = 0
	p.top = 0
	p.mark = 0
	p.at = max(min(at, c.Len()-1), 0)
}

// Draw implements tview.Primitive.
func (p *pager) Draw(s tcell.Screen) {
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
		l := p.content.Line(i).highlight(p.found, p.theme.found)
		if i == p.at && p.HasFocus() {
			l.over(p.theme.selected).draw(s, x, y+row, width, p.left, p.theme.selected, true)
			continue
		}
		if i+1 == p.mark {
			l.over(p.theme.found).draw(s, x, y+row, width, p.left, p.theme.found, true)
			continue
		}
		l.draw(s, x, y+row, width, p.left, p.theme.plain, false)
	}
}

// go moves the cursor to a line.
func (p *pager) goTo(at int) {
	at = max(min(at, p.content.Len()-1), 0)
	if at == p.at {
		return
	}
	p.at = at
	if p.moved != nil {
		p.moved(at)
	}
}

// move implements mover.
func (p *pager) move(m move) {
	switch m {
	case down:
		p.goTo(p.at + 1)
	case up:
		p.goTo(p.at - 1)
	case pageDown:
		p.goTo(p.at + max(p.height-1, 1))
	case pageUp:
		p.goTo(p.at - max(p.height-1, 1))
	case first:
		p.goTo(0)
	case last:
		p.goTo(p.content.Len() - 1)
	case left:
		p.left = max(p.left-8, 0)
	case right:
		if p.left+8 < p.widest() {
			p.left += 8
		}
	}
}

// widest is the width of the widest line on the screen.
func (p *pager) widest() int {
	w := 0
	for i := p.top; i < min(p.top+p.height, p.content.Len()); i++ {
		w = max(w, p.content.Line(i).width())
	}
	return w
}

// find moves to the next line with a word, from the one after the cursor on, or
// backwards; it goes round. It reports whether there is one.
func (p *pager) find(word string, back bool) bool {
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
		if strings.Contains(strings.ToLower(p.content.Line(i).text()), word) {
			p.goTo(i)
			return true
		}
	}
	return false
}

// MouseHandler implements tview.Primitive.
func (p *pager) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
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
				p.goTo(at)
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
func (p *pager) scroll(by int) {
	p.top = max(min(p.top+by, p.content.Len()-p.height), 0)
	p.goTo(max(min(p.at, p.top+p.height-1), p.top))
}
