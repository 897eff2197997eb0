package view

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/syntax"
)

const (
	maxRawLines  = 40  // lines shown of one message
	maxTreeLines = 400 // nodes shown of one message
)

// whole adds a message with its raw lines and its tree.
func (g *Gather) whole(x *Exchange, m *decode.Message) {
	l := g.Line(m)
	if x.verbose < maxVerbose {
		raw := bytes.Clone(m.Raw)
		for _, s := range g.secrets(m) {
			copy(s.Of(raw), bytes.Repeat([]byte("*"), s.Len()))
		}
		if m.Kind == decode.Tagged || m.Text != nil {
			raw = []byte(g.hideEchoes(m.Txn, string(raw)))
		}
		l.Raw = rawLines(m, raw)
		if len(raw) == len(m.Raw) { // else a secret was echoed: no tree fits
			l.Tree = treeLines(g.parse(m), raw)
		}
		for _, s := range slices.Concat(l.Raw, l.Tree) {
			x.verbose += len(s)
		}
	}
	x.line(l, m)
}

// parse is the tree of any message, valid until the next one is parsed.
func (g *Gather) parse(m *decode.Message) *syntax.Node {
	switch m.Kind {
	case decode.Request:
		return g.parser.Request(&m.Message)
	case decode.Continuation:
		return g.parser.Continuation(&m.Message)
	}
	return g.parser.Response(&m.Message)
}

// rawLines are the lines of a message as they were sent.
func rawLines(m *decode.Message, raw []byte) []string {
	var out []string
	at := 0
	for line := range bytes.Lines(raw) {
		if m.Elided > 0 && at <= m.GapAt && m.GapAt < at+len(line) {
			out = append(out, fmt.Sprintf("(%d octets omitted)", m.Elided))
		}
		at += len(line)
		if len(out) == maxRawLines {
			out = append(out, fmt.Sprintf("(%d octets omitted)", len(raw)-at+len(line)))
			break
		}
		out = append(out, Inert(bytes.TrimRight(line, "\r\n")))
	}
	return out
}

// treeLines are the nodes of a tree, a line each, what only separates left out.
func treeLines(root *syntax.Node, raw []byte) []string {
	var out []string
	var add func(n *syntax.Node, depth int)
	add = func(n *syntax.Node, depth int) {
		switch n.Kind {
		case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
			if n.Err == nil {
				return
			}
		}
		if len(out) >= maxTreeLines {
			return
		}
		var b strings.Builder
		b.WriteString(strings.Repeat("  ", depth))
		b.WriteString(n.Kind.String())
		if n.Role != syntax.RoleNone {
			fmt.Fprintf(&b, " (%s)", n.Role)
		}
		if len(n.Kids) == 0 && n.Span.Len() > 0 {
			b.WriteString("  ")
			b.WriteString(excerpt(n.Bytes(raw)))
		}
		if n.Err != nil {
			fmt.Fprintf(&b, "  <- %s", n.Err)
		}
		out = append(out, b.String())
		for i := range n.Kids {
			add(&n.Kids[i], depth+1)
		}
	}
	add(root, 0)
	if len(out) == maxTreeLines {
		out = append(out, "…")
	}
	return out
}

// excerpt is the beginning of b, inert.
func excerpt(b []byte) string {
	const most = 60
	if len(b) <= most {
		return Inert(b)
	}
	return fmt.Sprintf("%s… (%d octets)", Inert(b[:most]), len(b))
}
