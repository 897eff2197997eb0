package panes

import (
	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// Answers is the answer to a command of the user's own, or two that are compared.
type Answers []Answer

// Answer is a command and what the server answered.
type Answer struct {
	Title    string
	Exchange *model.Exchange
	Note     string // how far it has come, or that it is not complete; may be empty
}

// answersView is the tab of answers: next to each other, or where there is too little room one
// below the other.
type answersView struct {
	*Pager
	model *model.Model
	all   Answers
	width int // that the rows were made for
}

func newAnswersView(b base) *answersView {
	return &answersView{Pager: NewPager(b.theme), model: b.model}
}

// besideFrom is the width from which on answers are next to each other.
const besideFrom = 78

// maxAnswerLines is how many lines of an answer are shown, and of one message in it.
const (
	maxAnswerLines   = 2000
	maxMessageLines  = 20
	answersSeparator = " │ "
)

// Show implements View: only Answers changes what is shown.
func (v *answersView) Show(*model.Exchange) {}

// Answers shows answers; the cursor stays where it is.
func (v *answersView) Answers(all Answers) {
	v.all = all
	v.build()
}

// Draw implements tview.Primitive.
func (v *answersView) Draw(s tcell.Screen) {
	if _, _, w, _ := v.GetInnerRect(); w != v.width {
		v.width = w
		v.build()
	}
	v.Pager.Draw(s)
}

func (v *answersView) build() {
	width := max(v.width, minMeaning)
	if len(v.all) == 2 && width >= besideFrom {
		width = (width - view.Width(answersSeparator)) / 2
		a, b := v.lines(&v.all[0], width), v.lines(&v.all[1], width)
		v.content = v.beside(a, b, width)
		return
	}
	var out Lines
	for i := range v.all {
		if i > 0 {
			out = append(out, nil)
		}
		out = append(out, v.lines(&v.all[i], width)...)
	}
	v.content = out
}

// beside returns two texts next to each other.
func (v *answersView) beside(a, b Lines, width int) Lines {
	out := make(Lines, max(len(a), len(b)))
	for i := range out {
		var l Line
		if i < len(a) {
			l = a[i]
		}
		rest := max(width-l.Width(), 0)
		l = append(append(Line(nil), l...), Span{view.Pad("", rest) + answersSeparator, v.theme.Faint})
		if i < len(b) {
			l = append(l, b[i]...)
		}
		out[i] = l
	}
	return out
}

// lines returns a command and its answer in lines of a width.
func (v *answersView) lines(a *Answer, width int) (out Lines) {
	th := v.theme
	add := func(mark, text string, style tcell.Style) {
		parts := view.Wrap(text, max(width-2, minMeaning/2))
		for i, part := range parts[:min(len(parts), maxMessageLines)] {
			if i > 0 {
				mark = "  "
			}
			out = append(out, Line{{mark, style}, {view.Fit(part, max(width-2, 1), "…"), style}})
		}
	}
	add("", a.Title, th.Strong)
	for _, m := range a.Exchange.Messages {
		if len(out) > maxAnswerLines {
			add("  ", "… and more", th.Faint)
			break
		}
		l := v.model.View.Line(m)
		switch {
		case m.Dir == capture.ClientToServer:
			add("→ ", l.Text, th.Client)
		case l.Status != "":
			add("← ", l.Text, th.Status(l.Status))
		default:
			add("← ", l.Text, th.Server)
		}
	}
	if a.Note != "" {
		add("  ", a.Note, th.Faint)
	}
	return out
}
