package panes

import (
	"fmt"

	"imapscope/decode/diff"
	"imapscope/ui/inspect/model"
)

// diffView is the tab of what differs between two transactions, by meaning.
type diffView struct {
	*Pager
	model *model.Model
}

func newDiffView(b base) *diffView { return &diffView{NewPager(b.theme), b.model} }

// Show implements View: only Compare changes what is shown.
func (d *diffView) Show(*model.Exchange) {}

// Compare shows what differs between two transactions.
func (d *diffView) Compare(i, k int) {
	th := d.theme
	a := *d.model.Exchange(i)
	b := *d.model.Exchange(k)
	var all diff.Options
	for _, v := range diff.Variations() {
		all.Strict[v] = true
	}
	head := func(mark string, e *model.Exchange) Line {
		return Line{{mark, th.Strong}, {fmt.Sprintf(" %s  ", d.model.Label(&e.Row)), th.Faint}, {d.model.Request(e.I, &e.Row), th.Plain}}
	}
	out := Lines{head("A", &a), head("B", &b), nil}
	real, normal := Lines(nil), Lines(nil)
	for _, x := range d.model.View.Differences(&a.Exchange, &b.Exchange, diff.Exchanges(&a.Exchange, &b.Exchange, all)) {
		to, style := &real, th.Bad
		name := x.Path
		if x.Variation != diff.Real.String() {
			to, style = &normal, th.Faint
			name += " (" + x.Variation + ")"
		}
		*to = append(*to, Line{{name, style}},
			Line{{"  A ", th.Faint}, sideOf(x.InA, x.A, th)}, Line{{"  B ", th.Faint}, sideOf(x.InB, x.B, th)})
	}
	switch {
	case len(real) == 0 && len(normal) == 0:
		out = append(out, Line{{"The same.", th.Ok}})
	case len(real) == 0:
		out = append(out, Line{{"The same by meaning.", th.Ok}})
	default:
		out = append(out, real...)
	}
	if len(normal) > 0 {
		out = append(append(out, nil, Line{{"Normal variation:", th.Faint}}), normal...)
	}
	if a.More+b.More > 0 {
		out = append(out, Line{{model.Plural(a.More+b.More, "message") + " not compared: too many", th.Bad}})
	}
	d.Pager.Show(out, 0)
}

func sideOf(there bool, text string, th *Theme) Span {
	if !there {
		return Span{"(not there)", th.Faint}
	}
	return Span{text, th.Plain}
}
