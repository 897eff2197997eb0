package view

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/wire"
)

const (
	maxRawLines  = 40  // lines shown of one message
	maxTreeLines = 400 // nodes shown of one message
)

// whole adds a message with its raw lines and its tree.
func (g *Gather) whole(ex *Exchange, m *decode.Message) {
	l := g.Line(m)
	if ex.verbose < maxVerbose {
		t := g.Tree(m, m.Parse(&g.parser))
		l.Raw = rawLines(m, t.masked.of(wire.Span{End: len(m.Raw)}))
		l.Tree = treeLines(t)
		for _, s := range slices.Concat(l.Raw, l.Tree) {
			ex.verbose += len(s)
		}
	}
	ex.line(l, m)
}

// rawLines returns the lines of a message as they were sent.
func rawLines(m *decode.Message, raw []byte) []string {
	var out []string
	at := 0
	for line := range bytes.Lines(raw) {
		if n := m.ElidedBefore(at+len(line)) - m.ElidedBefore(at); n > 0 {
			out = append(out, fmt.Sprintf("(%d bytes omitted)", n))
		}
		at += len(line)
		if len(out) == maxRawLines {
			out = append(out, fmt.Sprintf("(%d bytes omitted)", len(raw)-at+len(line)))
			break
		}
		out = append(out, Inert(bytes.TrimRight(line, "\r\n")))
	}
	return out
}

// treeLines returns the rows of a tree, one per line.
func treeLines(t *Tree) []string {
	var out []string
	for i := range min(t.Len(), maxTreeLines) {
		r := t.Row(i)
		out = append(out, strings.Repeat("  ", r.Depth)+r.String())
	}
	if t.Len() > maxTreeLines {
		out = append(out, "…")
	}
	return out
}
