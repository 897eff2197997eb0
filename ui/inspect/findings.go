package inspect

import (
	"fmt"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"imapscope/ui/view"
)

// findings is the tab of what is not as it should be.
type findings struct {
	*pager
	x     *inspector
	ex    *exchange
	rows  lines
	width int // that the rows were made for
}

func newFindings(x *inspector) *findings { return &findings{pager: newPager(&x.theme), x: x} }

// maxFindings is how many are listed.
const maxFindings = 200

func (f *findings) show(ex *exchange) {
	f.ex = ex
	f.build()
	f.pager.show(f.rows, 0)
}

// Draw implements tview.Primitive.
func (f *findings) Draw(s tcell.Screen) {
	if _, _, w, _ := f.GetInnerRect(); w != f.width && f.ex != nil {
		f.width = w
		f.build()
		f.content = f.rows
	}
	f.pager.Draw(s)
}

// build makes the rows for a width.
func (f *findings) build() {
	th := &f.x.theme
	f.rows = nil
	if f.x.blind() {
		f.rows = lines{{{"You are to find what is wrong; later in this lesson it stands here.", th.faint}}}
		return
	}
	if c := f.x.comments[f.ex.i]; c != "" {
		f.rows = append(f.rows, line{{"; ", th.marked}, {view.Inert(c), th.plain}})
	}
	comments := len(f.rows)
	if f.ex.err != nil {
		f.rows = append(f.rows, line{{"! ", th.bad}, {"not all of it can be shown: " + view.Inert(f.ex.err.Error()), th.plain}})
	}
	if f.x.Findings == nil {
		for _, text := range noted(&f.ex.row) {
			f.rows = append(f.rows, line{{"! ", th.bad}, {text, th.plain}})
		}
	} else {
		for i, x := range f.x.Findings.Of(f.ex.row.Conn, f.ex.row.N) {
			if i == maxFindings {
				break
			}
			f.finding(&x)
		}
	}
	if len(f.rows) == comments {
		f.rows = append(f.rows, line{{"Nothing to remark on.", th.faint}})
	}
	if f.x.Findings == nil {
		return
	}
	for i, x := range f.x.Findings.Of(f.ex.row.Conn, 0) {
		if i == 0 {
			f.rows = append(f.rows, nil, line{{"About the connection:", th.strong}})
		}
		if i == maxFindings {
			break
		}
		f.finding(&x)
	}
}

// finding adds one: what is wrong, the line with the octets in question, why, and what
// to do.
func (f *findings) finding(x *view.Finding) {
	th := &f.x.theme
	sign, style := th.finding(x.Severity)
	add := func(l ...span) { f.rows = append(f.rows, l) }
	wrapped := func(text string, style tcell.Style) {
		for _, part := range view.Wrap(text, max(f.width-2, minMeaning)) {
			add(span{"  ", th.plain}, span{part, style})
		}
	}
	add(span{sign + " ", style}, span{x.Severity + " " + x.ID + " " + x.Title, style}, span{" (" + x.Verdict + ")", th.faint})
	wrapped(x.Message, th.strong)
	if x.Before+x.At+x.After != "" {
		arrow, side := "→ ", th.client
		if x.From == "server" {
			arrow, side = "← ", th.server
		}
		before := x.Before
		if room := f.width - 8; uniseg.StringWidth(before+x.At) > room { // its end matters
			before = "…" + cutLeft(before, max(room/2, 1))
		}
		at := x.At
		if x.Pointed && at == "" {
			at = " "
		}
		add(span{"    " + arrow, side}, span{before, side}, span{at, th.bad.Underline(true)}, span{x.After, side})
	}
	wrapped(x.Explanation, th.plain)
	wrapped(x.Cite, th.faint)
	wrapped("What to do: "+x.Advice, th.plain)
	add()
}

// cutLeft is the end of a text.
func cutLeft(s string, width int) string {
	for s != "" && uniseg.StringWidth(s) > width {
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return s
}

// plural is "1 message", "2 messages".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", number(n), what)
}
