package inspect

import (
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

type explained struct {
	text, meaning, cite string
	fault, name         bool
}

func (x *inspector) explain(m *decode.Message, n *syntax.Node) []explained {
	var out []explained
	for l := range n.Leaves() {
		switch l.Kind {
		case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
			continue
		}
		text := view.Inert(cutOctets(string(l.Bytes(m.Raw)), 100))
		if (l.Role == syntax.RolePassword || l.Role == syntax.RoleSASL) && !x.data.view.ShowSecrets {
			text = view.Mask
		}
		out = append(out, explained{text: text, meaning: l.Kind.String() + " " + l.Role.String()})
	}
	return out
}

type plainTab struct {
	*pager
}

func (p plainTab) show(e *exchange) { p.pager.show(lines{{{"…", p.theme.faint}}}, 0) }

func newLadder(x *inspector) tabView { return plainTab{newPager(&x.theme)} }

func (x *inspector) scaleLadder()   {}
func (x *inspector) askSaveLadder() {}
