package inspect

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// prompt asks for a line of text at the foot of the screen.
type prompt struct {
	*tview.InputField
	open  bool
	fault string // what is wrong with the text, said beside it
	caret int    // where, in columns; -1: nowhere
}

// question is what a prompt asks, and what becomes of the answer.
type question struct {
	label    string
	text     string
	complete func(text string) []string
	check    func(text string) (fault string, caret int)
	done     func(text string) // not called if it was left with Esc
}

func newPrompt(t *theme) *prompt {
	p := &prompt{InputField: tview.NewInputField(), caret: -1}
	p.SetFieldStyle(t.plain).SetLabelStyle(t.key)
	p.SetAutocompleteStyles(tcell.ColorDefault, t.plain, t.selected)
	p.SetAutocompleteUseTags(false)
	return p
}

// ask opens the prompt.
func (x *inspector) ask(q question) {
	p := x.prompt
	p.open, p.fault, p.caret = true, "", -1
	p.SetAutocompleteFunc(nil)
	p.SetLabel(q.label).SetText(q.text)
	p.SetChangedFunc(func(text string) {
		p.fault, p.caret = "", -1
		if q.check != nil {
			p.fault, p.caret = q.check(text)
		}
	})
	if q.complete != nil {
		p.SetAutocompleteFunc(q.complete)
	}
	p.SetDoneFunc(func(key tcell.Key) {
		switch key {
		case tcell.KeyEnter:
			text := p.GetText()
			if q.check != nil {
				if p.fault, p.caret = q.check(text); p.fault != "" {
					return
				}
			}
			x.closePrompt()
			q.done(text)
		case tcell.KeyEsc:
			x.closePrompt()
		}
	})
	x.foot.ResizeItem(x.prompt, 1, 0)
	x.foot.ResizeItem(x.status, 0, 0)
	x.app.SetFocus(p)
}

func (x *inspector) closePrompt() {
	x.prompt.open = false
	x.prompt.SetAutocompleteFunc(nil)
	x.foot.ResizeItem(x.prompt, 0, 0)
	x.foot.ResizeItem(x.status, 1, 0)
	x.refocus()
}

// Draw implements tview.Primitive: what is wrong stands behind the text, and a mark
// under the place, if there is one, in the text's own row.
func (p *prompt) Draw(s tcell.Screen) {
	p.InputField.Draw(s)
	if p.fault == "" {
		return
	}
	x, y, width, _ := p.GetInnerRect()
	used := len([]rune(p.GetLabel())) + line{{text: p.GetText()}}.width() + 2
	if p.caret >= 0 {
		at := x + len([]rune(p.GetLabel())) + p.caret
		if r, c, style, _ := s.GetContent(at, y); at < x+width {
			s.SetContent(at, y, r, c, style.Reverse(true))
		}
	}
	if used < width {
		line{{"← " + p.fault, tcell.StyleDefault.Bold(true)}}.draw(s, x+used, y, width-used, 0, tcell.StyleDefault, false)
	}
}
