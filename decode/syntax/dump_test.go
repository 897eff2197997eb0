package syntax_test

import (
	"fmt"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// dump returns a tree as text: one node a line, its role, its bytes if it is a leaf,
// its error. Single spaces are left out: they tell nothing.
func dump(n *syntax.Node, raw []byte) string {
	var b strings.Builder
	dumpTo(&b, n, raw, 0)
	return b.String()
}

func dumpTo(b *strings.Builder, n *syntax.Node, raw []byte, depth int) {
	if n.Kind == syntax.KindSP && n.Span.Len() == 1 && n.Err == nil {
		return
	}
	fmt.Fprintf(b, "%s%s", strings.Repeat("  ", depth), n.Kind)
	if n.Role != protocol.RoleNone {
		fmt.Fprintf(b, " <%s>", n.Role)
	}
	if len(n.Kids) == 0 && n.Kind != syntax.KindMissing {
		s := fmt.Sprintf("%q", n.Span.Of(raw))
		if len(s) > 100 {
			s = fmt.Sprintf("%s... (%d bytes)", s[:80], n.Span.Len())
		}
		fmt.Fprintf(b, " %s", s)
	}
	if n.Err != nil {
		fmt.Fprintf(b, " !! %v", n.Err)
	}
	b.WriteByte('\n')
	for i := range n.Kids {
		dumpTo(b, &n.Kids[i], raw, depth+1)
	}
}
