package inspect

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/decode/filter"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// prompt asks for a line of text at the foot of the screen. The row above it, or a list there,
// shows what the text could become, or what is wrong with it.
type prompt struct {
	*tview.InputField
	question
	hint  *hint
	open  bool
	fault string
	caret int // where the fault is, in columns of the text; -1: nowhere
	taken int // index of the completion that Tab has chosen; -1: none
	could []string
	offers
}

// question is what a prompt asks for, and what to do with the answer.
type question struct {
	label    string
	text     string
	complete func(text string) []string
	offer    func(text string) []filter.Completion // in place of complete: a list with help
	check    func(text string) (fault string, caret int)
	means    func(text string) string // what Enter does; may be nil
	done     func(text string)        // not called if it was left with Esc
}

func newPrompt(t *panes.Theme) *prompt {
	p := &prompt{InputField: tview.NewInputField()}
	p.SetFieldStyle(t.Plain).SetLabelStyle(t.Key)
	p.SetChangedFunc(func(text string) { p.changed(text) })
	p.hint = &hint{Box: tview.NewBox(), prompt: p, theme: t}
	return p
}

// ask opens the prompt.
func (f *frame) ask(q question) {
	p := f.prompt
	p.open, p.question = true, q
	p.could, p.taken = nil, -1
	p.SetLabel(panes.Untag(q.label)).SetText(q.text)
	p.changed(q.text)
	f.foot.ResizeItem(p.hint, 1, 0).ResizeItem(p, 1, 0).ResizeItem(f.status, 0, 0)
	f.root.ResizeItem(f.foot, 2, 0)
	f.app.SetFocus(p)
}

// sizePrompt gives the list above the prompt its rows.
func (f *frame) sizePrompt(height int) {
	if f.prompt.open && f.prompt.offer != nil {
		rows := offersRoom(height)
		f.foot.ResizeItem(f.prompt.hint, rows, 0)
		f.root.ResizeItem(f.foot, rows+1, 0)
	}
}

func (f *frame) closePrompt() {
	p := f.prompt
	p.open = false
	f.foot.ResizeItem(p.hint, 0, 0).ResizeItem(p, 0, 0).ResizeItem(f.status, 1, 0)
	f.root.ResizeItem(f.foot, 1, 0)
	f.refocus()
}

// promptKey handles the keys that are not the text's own.
func (f *frame) promptKey(e *tcell.EventKey) *tcell.EventKey {
	p := f.prompt
	switch e.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		f.closePrompt()
	case tcell.KeyTab, tcell.KeyDown:
		p.completeBy(1)
	case tcell.KeyBacktab, tcell.KeyUp:
		p.completeBy(-1)
	case tcell.KeyEnter:
		if p.goesOn() {
			return nil
		}
		text := p.GetText()
		if p.check != nil {
			if p.fault, p.caret = p.check(text); p.fault != "" {
				p.could, p.offers = nil, offers{}
				return nil
			}
		}
		f.closePrompt()
		p.done(text)
	default:
		return e
	}
	return nil
}

// changed handles a change of the text.
func (p *prompt) changed(text string) {
	if p.taken >= 0 && p.taken < len(p.could) && text == p.could[p.taken] {
		return // it was Tab
	}
	p.fault, p.caret, p.could, p.taken, p.offers = "", -1, nil, -1, offers{}
	if p.offer != nil {
		p.list = p.offer(text)
		for i := range p.list {
			p.could = append(p.could, p.list[i].Text)
		}
	}
	if p.complete != nil {
		p.could = p.complete(text)
	}
	if p.check != nil {
		p.fault, p.caret = p.check(text)
	}
}

// completeBy replaces the text with its next completion, or the previous one.
func (p *prompt) completeBy(step int) {
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

// Draw implements tview.Primitive: the place of a fault is highlighted.
func (p *prompt) Draw(s tcell.Screen) {
	p.InputField.Draw(s)
	if p.fault == "" || p.caret < 0 || len(p.list) > 0 {
		return
	}
	x, y, width, _ := p.GetInnerRect()
	at := view.Width(p.question.label) + p.caret
	if at < width {
		r, c, style, _ := s.GetContent(x+at, y)
		s.SetContent(x+at, y, r, c, style.Reverse(true).Bold(true))
	}
}

// hint is the row above a prompt.
type hint struct {
	*tview.Box
	prompt *prompt
	theme  *panes.Theme
}

// Draw implements tview.Primitive.
func (h *hint) Draw(s tcell.Screen) {
	if h.prompt.offer != nil {
		h.drawOffers(s)
		return
	}
	x, y, width, _ := h.GetRect()
	p, th := h.prompt, h.theme
	var l panes.Line
	for i, c := range p.could {
		style := th.Faint
		if i == p.taken {
			style = th.Strong
		}
		// What is common to all is in the prompt already.
		if at := strings.LastIndexAny(c, " (!,/") + 1; at < len(c) {
			c = c[at:]
		}
		l = append(l, text(" "+view.Inert(c)+" ", style))
	}
	switch {
	case len(p.could) > 0:
		l = append(panes.Line{text(" Tab:", th.Key)}, l...)
	case p.fault != "":
		l = panes.Line{text(" ! ", th.Bad), text(view.Inert(p.fault), th.Plain)}
	case p.means != nil:
		l = panes.Line{text(" Enter", th.Key), text(" "+view.Inert(p.means(p.GetText()))+", ", th.Faint), text("Esc", th.Key), text(" cancels", th.Faint)}
	default:
		l = panes.Line{text(" Enter", th.Key), text(" confirms, ", th.Faint), text("Esc", th.Key), text(" cancels", th.Faint)}
	}
	l.Draw(s, x, y, width, 0, th.Plain, true)
}
