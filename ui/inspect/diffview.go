package inspect

import (
	"fmt"

	"imapscope/decode/diff"
	"imapscope/ui/view"
)

// diffView is the tab of what differs between two transactions, by meaning.
type diffView struct {
	*pager
	x *inspector
}

func newDiffView(x *inspector) *diffView { return &diffView{newPager(&x.theme), x} }

func (d *diffView) show(*exchange) {}

func (d *diffView) compare(i, k int) {
	th := &d.x.theme
	a := *d.x.data.exchange(i)
	b := *d.x.data.exchange(k)
	var all diff.Options
	for _, v := range diff.Variations() {
		all.Strict[v] = true
	}
	head := func(mark string, e *exchange) line {
		return line{{mark, th.strong}, {fmt.Sprintf(" %s  ", number(e.i+1)), th.faint}, {d.x.data.request(e.i, &e.row), th.plain}}
	}
	out := lines{head("A", &a), head("B", &b), nil}
	real, normal := lines(nil), lines(nil)
	for _, x := range diff.Exchanges(&a.Exchange, &b.Exchange, all) {
		to, style := &real, th.bad
		name := view.Inert(x.Path)
		if x.Variation != diff.Real {
			to, style = &normal, th.faint
			name += " (" + x.Variation.String() + ")"
		}
		*to = append(*to, line{{name, style}},
			line{{"  A ", th.faint}, side(x.InA, x.A, th)}, line{{"  B ", th.faint}, side(x.InB, x.B, th)})
	}
	switch {
	case len(real) == 0 && len(normal) == 0:
		out = append(out, line{{"The same.", th.ok}})
	case len(real) == 0:
		out = append(out, line{{"The same by meaning.", th.ok}})
	default:
		out = append(out, real...)
	}
	if len(normal) > 0 {
		out = append(append(out, nil, line{{"Normal variation:", th.faint}}), normal...)
	}
	if a.more+b.more > 0 {
		out = append(out, line{{plural(a.more+b.more, "message") + " not compared: too many", th.bad}})
	}
	d.pager.show(out, 0)
}

func side(there bool, text string, th *theme) span {
	if !there {
		return span{"(not there)", th.faint}
	}
	return span{view.Inert(text), th.plain}
}
