package panes

import (
	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// findingsView is the tab of findings.
type findingsView struct {
	*Pager
	model *model.Model
	ex    *model.Exchange // nil: it is about the connection alone
	conn  capture.ConnID
	rows  Lines
	width int // that the rows were made for
}

func newFindingsView(b base) *findingsView {
	return &findingsView{Pager: NewPager(b.theme), model: b.model}
}

// maxFindings is how many are listed.
const maxFindings = 200

// Show implements View.
func (f *findingsView) Show(ex *model.Exchange) {
	f.ex, f.conn = ex, ex.Row.Conn
	f.build()
	f.Pager.Show(f.rows, 0)
}

// ShowConn shows what was found about a connection as a whole, on which there is no
// transaction.
func (f *findingsView) ShowConn(id capture.ConnID) {
	f.ex, f.conn = nil, id
	f.build()
	f.Pager.Show(f.rows, f.at)
}

// Draw implements tview.Primitive.
func (f *findingsView) Draw(s tcell.Screen) {
	if _, _, w, _ := f.GetInnerRect(); w != f.width && f.conn != 0 {
		f.width = w
		f.build()
		f.content = f.rows
	}
	f.Pager.Draw(s)
}

// build makes the rows for a width.
func (f *findingsView) build() {
	f.rows = nil
	if f.model.Blind() {
		f.rows = Lines{{{"Find out what is wrong; a later step of this lesson shows it here.", f.theme.Faint}}}
		return
	}
	if f.ex != nil {
		f.transaction()
	}
	if f.model.Findings == nil {
		return
	}
	about := f.model.Findings.Of(f.conn, 0)
	if len(about) > 0 {
		f.rows = append(f.rows, nil, Line{{"About the connection:", f.theme.Strong}})
	}
	f.list(about)
}

// transaction adds what is about the transaction.
func (f *findingsView) transaction() {
	th := f.theme
	if c := f.model.Marks.Comments[f.ex.I]; c != "" {
		f.rows = append(f.rows, Line{{"; ", th.Marked}, {view.Inert(c), th.Plain}})
	}
	comments := len(f.rows)
	if f.ex.Err != nil {
		f.rows = append(f.rows, Line{{"! ", th.Bad}, {"not everything can be shown: " + view.Inert(f.ex.Err.Error()), th.Plain}})
	}
	if f.model.Findings == nil {
		for _, text := range model.Remarks(&f.ex.Row) {
			f.rows = append(f.rows, Line{{"! ", th.Bad}, {text, th.Plain}})
		}
	} else {
		f.list(f.model.Findings.Of(f.conn, f.ex.Row.N))
	}
	if len(f.rows) == comments {
		f.rows = append(f.rows, Line{{"No findings.", th.Faint}})
	}
}

// list adds findings, as many as are listed.
func (f *findingsView) list(all []view.Finding) {
	for i := range min(len(all), maxFindings) {
		f.finding(&all[i])
	}
}

// finding adds one: what is wrong, the line with the bytes in question, why, and what
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
