package panes

import (
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// whyView is the tab of why something went wrong: first on the connection that is shown,
// then on all others, the most serious first.
type whyView struct {
	*Pager
	model *model.Model
	conn  capture.ConnID // 0: none
	rows  Lines
	goals []Goal // by row
	width int    // that the rows were made for
	from  *view.Causes
	made  bool // for conn
}

func newWhyView(b base) *whyView {
	return &whyView{Pager: NewPager(b.theme), model: b.model}
}

// maxCauses is how many causes are listed of the connection, and of all others.
const maxCauses = 200

// Show implements View.
func (v *whyView) Show(ex *model.Exchange) { v.ShowConn(ex.Row.Conn) }

// ShowConn shows what went wrong on a connection, before the rest.
func (v *whyView) ShowConn(id capture.ConnID) {
	if id != v.conn {
		v.made = false
		v.at, v.top = 0, 0
	}
	v.conn = id
}

// Draw implements tview.Primitive.
func (v *whyView) Draw(s tcell.Screen) {
	_, _, w, _ := v.GetInnerRect()
	if c := v.model.Causes(); !v.made || w != v.width || c != v.from {
		v.made, v.width, v.from = true, w, c
		v.build(c)
		v.content = v.rows
	}
	v.Pager.Draw(s)
}

// build makes the rows.
func (v *whyView) build(c *view.Causes) {
	v.rows, v.goals = nil, nil
	switch {
	case v.model.Blind():
		v.add(Goal{}, Span{"Find out what is wrong; a later step of this lesson shows it here.", v.theme.Faint})
		return
	case c == nil:
		v.add(Goal{}, Span{"Not looked into yet.", v.theme.Faint})
		return
	case len(c.List) == 0:
		v.text(Goal{}, "", view.NothingWrong+".", v.theme.Plain)
		return
	}
	var here, others []*view.Cause
	for i := range c.List {
		x := &c.List[i]
		if slices.Contains(x.Conns, v.conn) {
			here = append(here, x)
		} else {
			others = append(others, x)
		}
	}
	if v.conn > 0 {
		about := fmt.Sprintf("Connection %d", v.conn)
		v.section(about, here)
		switch {
		case len(here) > 0:
		case onlyCounted(c):
			v.text(Goal{}, "", about+": either nothing is wrong that the bytes show, or it is one of those that are only counted below.", v.theme.Faint)
			v.add(Goal{})
		default:
			v.add(Goal{}, Span{about + ": nothing is wrong that the bytes show.", v.theme.Faint})
			v.add(Goal{})
		}
	}
	title := "Other connections and accounts"
	if v.conn == 0 {
		title = "All connections and accounts"
	}
	v.section(title, others)
	if s := c.Unsaid(); s != "" {
		v.text(Goal{}, "", s, v.theme.Faint)
	}
}

// onlyCounted reports whether something went wrong on connections that are not listed.
func onlyCounted(c *view.Causes) bool {
	return c.Left > 0 || slices.ContainsFunc(c.List, func(x view.Cause) bool { return x.Further > 0 })
}

// section adds causes below a title.
func (v *whyView) section(title string, list []*view.Cause) {
	if len(list) == 0 {
		return
	}
	v.add(Goal{}, Span{title + ", " + model.Plural(len(list), "thing") + ":", v.theme.Strong})
	for i, x := range list {
		if i == maxCauses {
			v.add(Goal{}, Span{fmt.Sprintf("… and %d more", len(list)-i), v.theme.Faint})
			break
		}
		v.cause(x)
	}
}

// cause adds a cause: its sentence, where it is, the evidence, the proof, and what to do.
func (v *whyView) cause(x *view.Cause) {
	th := v.theme
	sign, style := th.Finding(x.Severity)
	var first Goal
	for i := range x.Evidence {
		if first = v.goal(&x.Evidence[i]); first.To != Nowhere {
			break
		}
	}
	for i, l := range view.Wrap(x.Sentence, max(v.width-2, minMeaning)) {
		if i > 0 {
			sign = " "
		}
		v.add(first, Span{sign + " ", style}, Span{l, th.Strong})
	}
	v.text(first, "  ", "Verdict: "+x.About(), th.Faint)
	for i := range x.Evidence {
		e := &x.Evidence[i]
		v.text(v.goal(e), "  > ", e.String(), th.Plain)
	}
	if x.More > 0 {
		v.text(Goal{}, "  > ", fmt.Sprintf("… and %d more", x.More), th.Faint)
	}
	for _, s := range x.Alike {
		v.text(Goal{}, "  = ", s, th.Plain)
	}
	if x.MoreAlike > 0 {
		v.text(Goal{}, "  = ", fmt.Sprintf("… and %d more", x.MoreAlike), th.Faint)
	}
	v.text(Goal{}, "  ", "To prove it: "+x.Proof, th.Plain)
	v.text(Goal{}, "  ", "What to do: "+x.Remedy, th.Plain)
	v.add(Goal{})
}

// goal returns where evidence leads.
func (v *whyView) goal(e *view.Evidence) Goal {
	if e.Txn > 0 {
		if i, ok := v.model.Archive.Find(e.Conn, e.Txn); ok {
			return Goal{To: ToTxn, Txn: i, Dir: e.Dir, Off: e.Off, Len: e.Len}
		}
	}
	if _, ok := v.model.Archive.ConnOf(e.Conn); ok {
		return Goal{To: ToConn, Conn: e.Conn}
	}
	return Goal{}
}

// text adds a paragraph; what follows its first line is as far to the right.
func (v *whyView) text(to Goal, lead, s string, style tcell.Style) {
	for i, l := range view.Wrap(s, max(v.width-len(lead), minMeaning)) {
		if i > 0 {
			lead = fmt.Sprintf("%*s", len(lead), "")
		}
		v.add(to, Span{lead, v.theme.Faint}, Span{l, style})
	}
}

func (v *whyView) add(to Goal, l ...Span) {
	v.rows = append(v.rows, l)
	v.goals = append(v.goals, to)
}

// Open implements opener: it leads to the transaction, and the bytes, that show it.
func (v *whyView) Open() Goal {
	if v.at >= len(v.goals) {
		return Goal{}
	}
	return v.goals[v.at]
}
