package panes

import (
	"fmt"
	"strings"
	"time"

	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// timingView is the tab of when each part of an exchange came.
type timingView struct {
	*Pager
	model *model.Model
}

func newTimingView(b base) *timingView { return &timingView{NewPager(b.theme), b.model} }

// timingBar is how wide the bars are.
const timingBar = 40

func (v *timingView) Show(e *model.Exchange) {
	th := v.theme
	if e.Transaction == nil {
		v.Pager.Show(Lines{{{"Its times are not known.", th.Faint}}}, 0)
		return
	}
	var previous time.Time
	if !e.First {
		previous = e.Prior.Time.Add(e.Prior.Elapsed)
	}
	t := view.NewTiming(e.Transaction, e.Messages, previous)
	out := Lines{{{fmt.Sprintf("%-20s", "exchange time"), th.Strong}, {fmt.Sprintf("%10s", view.Duration(t.Took)), th.Strong}}}
	for _, p := range t.Parts {
		took := view.Duration(p.Took)
		style := th.Plain
		if p.Backwards {
			took, style = "?", th.Bad
		}
		from := int(p.From*timingBar + 0.5)
		to := max(int(p.To*timingBar+0.5), from)
		bar := strings.Repeat(" ", from) + strings.Repeat("█", to-from)
		if to == from && p.Took >= 0 && p.From < 1 {
			bar = strings.Repeat(" ", from) + "▏"
		}
		out = append(out, Line{
			{fmt.Sprintf("%-20s", strings.Repeat("  ", p.Depth)+p.Name), style},
			{fmt.Sprintf("%10s ", took), style},
			{Fit(bar, timingBar+1, false), th.Client},
			{" " + p.Words, th.Faint},
		})
	}
	for _, n := range t.Notes {
		out = append(out, Line{{"! " + n, th.Bad}})
	}
	v.Pager.Show(out, 0)
}
