package panes

import (
	"github.com/gdamore/tcell/v2"

	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// findingsView is the tab of what is not as it should be.
type findingsView struct {
	*Pager
	model *model.Model
	ex    *model.Exchange
	rows  Lines
	width int // that the rows were made for
}

func newFindingsView(b base) *findingsView {
	return &findingsView{Pager: NewPager(b.theme), model: b.model}
}

// maxFindings is how many are listed.
const maxFindings = 200

func (f *findingsView) Show(ex *model.Exchange) {
	f.ex = ex
	f.build()
	f.Pager.Show(f.rows, 0)
}

// Draw implements tview.Primitive.
func (f *findingsView) Draw(s tcell.Screen) {
	if _, _, w, _ := f.GetInnerRect(); w != f.width && f.ex != nil {
		f.width = w
		f.build()
		f.content = f.rows
	}
	f.Pager.Draw(s)
}

// build makes the rows for a width.
func (f *findingsView) build() {
	th := f.theme
	f.rows = nil
	if f.model.Blind() {
		f.rows = Lines{{{"You are to find what is wrong; later in this lesson it stands here.", th.Faint}}}
		return
	}
	if c := f.model.Marks.Comments[f.ex.I]; c != "" {
		f.rows = append(f.rows, Line{{"; ", th.Marked}, {view.Inert(c), th.Plain}})
	}
	comments := len(f.rows)
	if f.ex.Err != nil {
		f.rows = append(f.rows, Line{{"! ", th.Bad}, {"not all of it can be shown: " + view.Inert(f.ex.Err.Error()), th.Plain}})
	}
	if f.model.Findings == nil {
		for _, text := range model.Remarks(&f.ex.Row) {
			f.rows = append(f.rows, Line{{"! ", th.Bad}, {text, th.Plain}})
		}
	} else {
		for i, x := range f.model.Findings.Of(f.ex.Row.Conn, f.ex.Row.N) {
			if i == maxFindings {
				break
			}
			f.finding(&x)
		}
	}
	if len(f.rows) == comments {
		f.rows = append(f.rows, Line{{"Nothing to remark on.", th.Faint}})
	}
	if f.model.Findings == nil {
		return
	}
	for i, x := range f.model.Findings.Of(f.ex.Row.Conn, 0) {
		if i == 0 {
			f.rows = append(f.rows, nil, Line{{"About the connection:", th.Strong}})
		}
		if i == maxFindings {
			break
		}
		f.finding(&x)
	}
}

// finding adds one: what is wrong, the line with the octets in question, why, and what
// to do.
func (f *findingsView) finding(x *view.Finding) {
	th := f.theme
	sign, style := th.Finding(x.Severity)
	add := func(l ...Span) { f.rows = append(f.rows, l) }
	wrapped := func(text string, style tcell.Style) {
		for _, part := range view.Wrap(text, max(f.width-2, minMeaning)) {
			add(Span{"  ", th.Plain}, Span{part, style})
		}
	}
	add(Span{sign + " ", style}, Span{x.Severity + " " + x.ID + " " + x.Title, style}, Span{" (" + x.Verdict + ")", th.Faint})
	wrapped(x.Message, th.Strong)
	if x.Before+x.At+x.After != "" {
		arrow, side := "→ ", th.Client
		if x.From == "server" {
			arrow, side = "← ", th.Server
		}
		before := x.Before
		if room := f.width - 8; view.Width(before+x.At) > room { // its end matters
			before = "…" + view.FitEnd(before, max(room/2, 1))
		}
		at := x.At
		if x.Pointed && at == "" {
			at = " "
		}
		add(Span{"    " + arrow, side}, Span{before, side}, Span{at, th.Bad.Underline(true)}, Span{x.After, side})
	}
	wrapped(x.Explanation, th.Plain)
	wrapped(x.Cite, th.Faint)
	wrapped("What to do: "+x.Advice, th.Plain)
	add()
}
