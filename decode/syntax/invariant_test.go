package syntax_test

import (
	"bytes"
	"fmt"

	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// invariant reports what is wrong with a tree, whatever it was made from.
func invariant(n *syntax.Node, m *wire.Message) error {
	pos, nodes := 0, 0
	for leaf := range n.Leaves() {
		if leaf.Span.Start != pos || leaf.Span.End < pos {
			return fmt.Errorf("leaf %v %v follows byte %d", leaf.Kind, leaf.Span, pos)
		}
		pos = leaf.Span.End
		if leaf.Kind == syntax.KindMissing && (leaf.Err == nil || leaf.Span.Len() != 0) {
			return fmt.Errorf("missing at %v: error %v", leaf.Span, leaf.Err)
		}
	}
	if pos != len(m.Raw) {
		return fmt.Errorf("leaves end at %d of %d", pos, len(m.Raw))
	}
	for k := range n.All() {
		nodes++
		if len(k.Kids) > 0 {
			want := wire.Span{Start: k.Kids[0].Span.Start, End: k.Kids[len(k.Kids)-1].Span.End}
			if k.Span != want {
				return fmt.Errorf("%v %v has kids from %v", k.Kind, k.Span, want)
			}
		}
		if k.Err != nil && (k.Err.Off < 0 || k.Err.Off > len(m.Raw) || k.Err.Want == "" || k.Err.Ref == "") {
			return fmt.Errorf("%v: bad error %+v", k.Kind, k.Err)
		}
	}
	if most := 8*len(m.Raw) + 8; nodes > most {
		return fmt.Errorf("%d nodes for %d bytes", nodes, len(m.Raw))
	}
	if d := depth(n); d > 3*syntax.MaxDepth {
		return fmt.Errorf("depth %d", d)
	}
	if got := syntax.Append(nil, n, m.Raw); !bytes.Equal(got, m.Raw) {
		return fmt.Errorf("encoded %q", got)
	}
	return nil
}

func depth(n *syntax.Node) int {
	d := 0
	for i := range n.Kids {
		d = max(d, depth(&n.Kids[i]))
	}
	return d + 1
}
