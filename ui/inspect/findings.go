package inspect

import (
	"fmt"

	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// findings is the tab of what is not as it should be, as far as the decoder can say.
type findings struct {
	*pager
	x *inspector
}

func newFindings(x *inspector) *findings { return &findings{newPager(&x.theme), x} }

// maxFindings is how many are listed.
const maxFindings = 200

func (f *findings) show(ex *exchange) {
	th := &f.x.theme
	var out lines
	for _, text := range noted(&ex.row) {
		out = append(out, line{{"! ", th.bad}, {text, th.plain}})
	}
	if ex.err != nil {
		out = append(out, line{{"! ", th.bad}, {"not all of it can be shown: " + view.Inert(ex.err.Error()), th.plain}})
	}
	var p syntax.Parser
	for _, m := range ex.Messages {
		if m.Broken {
			out = append(out, line{{"! ", th.bad}, {"the end of this is missing: ", th.plain}, {f.x.data.view.Line(m).Text, th.faint}})
		}
		for e := range parse(&p, m).Errors() {
			if len(out) >= maxFindings {
				break
			}
			out = append(out,
				line{{"! ", th.bad}, {view.Inert(e.Error()), th.plain}},
				line{{"    in ", th.faint}, {f.x.data.view.Line(m).Text, th.faint}})
		}
	}
	if len(out) == 0 {
		out = lines{{{"Nothing to remark on.", th.faint}}}
	}
	if c := f.x.comments[ex.i]; c != "" {
		out = append(lines{{{"; ", th.marked}, {view.Inert(c), th.plain}}}, out...)
	}
	f.pager.show(out, 0)
}

// plural is "1 message", "2 messages".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%s %ss", number(n), what)
}
