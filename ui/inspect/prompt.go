package inspect

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/ui/view"
)

// prompt asks for a line of text at the foot of the screen. Above it stands what the
// text could become, or what is wrong with it.
type prompt struct {
	*tview.InputField
	question
	hint  *hint
	open  bool
	fault string
	caret int // where the fault is, in columns of the text; -1: nowhere
	taken int // of what the text could become, what Tab has taken; -1: nothing
	could []string
}

// question is what a prompt asks, and what becomes of the answer.
type question struct {
	label    string
	text     string
	complete func(text string) []string
	check    func(text string) (fault string, caret int)
	done     func(text string) // not called if it was left with Esc
}

func newPrompt(x *inspector) *prompt {
	p := &prompt{InputField: tview.NewInputField()}
	p.SetFieldStyle(x.theme.plain).SetLabelStyle(x.theme.key)
	p.SetChangedFunc(func(text string) { p.changed(text) })
	p.hint = &hint{Box: tview.NewBox(), prompt: p, theme: &x.theme}
	return p
}

// ask opens the prompt.
func (x *inspector) ask(q question) {
	p := x.prompt
	p.open, p.question = true, q
	p.SetLabel(q.label).SetText(q.text)
	p.changed(q.text)
	x.foot.ResizeItem(p.hint, 1, 0).ResizeItem(p, 1, 0).ResizeItem(x.status, 0, 0)
	x.root.ResizeItem(x.foot, 2, 0)
	x.app.SetFocus(p)
}

func (x *inspector) closePrompt() {
	p := x.prompt
	p.open = false
	x.foot.ResizeItem(p.hint, 0, 0).ResizeItem(p, 0, 0).ResizeItem(x.status, 1, 0)
	x.root.ResizeItem(x.foot, 1, 0)
	x.refocus()
}

// promptKey handles the keys that are not the text's own.
func (x *inspector) promptKey(e *tcell.EventKey) *tcell.EventKey {
	p := x.prompt
	switch e.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		x.closePrompt()
	case tcell.KeyTab, tcell.KeyDown:
		p.take(1)
	case tcell.KeyBacktab, tcell.KeyUp:
		p.take(-1)
	case tcell.KeyEnter:
		text := p.GetText()
		if p.check != nil {
			if p.fault, p.caret = p.check(text); p.fault != "" {
				return nil
			}
		}
		x.closePrompt()
		p.done(text)
	default:
		return e
	}
	return nil
}

// changed takes notice of another text.
func (p *prompt) changed(text string) {
	if p.taken >= 0 && p.taken < len(p.could) && text == p.could[p.taken] {
		return // it was Tab
	}
	p.fault, p.caret, p.could, p.taken = "", -1, nil, -1
	if p.complete != nil {
		p.could = p.complete(text)
	}
	if p.check != nil {
		p.fault, p.caret = p.check(text)
	}
}

// take makes the text the next of what it could become.
func (p *prompt) take(step int) {
	n := len(p.could)
	if n == 0 {
		return
	}
	if p.taken < 0 && step < 0 {
		p.taken = 0
	}
	p.taken = (p.taken + step + n) % n
	text := p.could[p.taken]
	p.SetText(text)
	if p.check != nil {
		p.fault, p.caret = p.check(text)
	}
}

// Draw implements tview.Primitive: the place of a fault stands out.
func (p *prompt) Draw(s tcell.Screen) {
	p.InputField.Draw(s)
	if p.fault == "" || p.caret < 0 {
		return
	}
	x, y, width, _ := p.GetInnerRect()
	at := line{{text: p.GetLabel()}}.width() + p.caret
	if at < width {
		r, c, style, _ := s.GetContent(x+at, y)
		s.SetContent(x+at, y, r, c, style.Reverse(true).Bold(true))
	}
}

// hint is the row above a prompt.
type hint struct {
	*tview.Box
	prompt *prompt
	theme  *theme
}

// Draw implements tview.Primitive.
func (h *hint) Draw(s tcell.Screen) {
	x, y, width, _ := h.GetRect()
	p, th := h.prompt, h.theme
	var l line
	for i, c := range p.could {
		style := th.faint
		if i == p.taken {
			style = th.strong
		}
		// What is common to all is in the prompt already.
		if at := strings.LastIndexAny(c, " (!,/") + 1; at < len(c) {
			c = c[at:]
		}
		l = append(l, span{" " + view.Inert(c) + " ", style})
	}
	switch {
	case len(p.could) > 0:
		l = append(line{{" Tab:", th.key}}, l...)
	case p.fault != "":
		l = line{{" ! ", th.bad}, {view.Inert(p.fault), th.plain}}
	default:
		l = line{{" Enter", th.key}, {" does it, ", th.faint}, {"Esc", th.key}, {" leaves it", th.faint}}
	}
	l.draw(s, x, y, width, 0, th.plain, true)
}
