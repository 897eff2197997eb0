package view

import (
	"fmt"
	"slices"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// MaxTree is the maximum number of rows of a Tree; further nodes are counted.
const MaxTree = 50_000

// maxExcerpt is how many bytes of a leaf its row shows.
const maxExcerpt = 60

// Tree is the syntax tree of one message, as a flat list for a widget that opens and closes
// rows: parents precede their children, and separators (spaces, parentheses, line ends)
// have no row unless they are wrong. Texts are made when a row is requested. A Tree keeps a
// reference to the message's Raw, which must not change, but not to the nodes.
type Tree struct {
	// Omitted is the number of nodes beyond MaxTree, which have no row.
	Omitted int

	masked  masked
	decoded map[int]Decoded // by where it ends
	rows    []treeNode
}

// treeNode is the source of a row.
type treeNode struct {
	kind  syntax.Kind
	role  protocol.Role
	leaf  bool // a leaf of the grammar; other nodes may have no rows below them, too
	depth int32
	end   int32 // the row after all rows below this one
	span  wire.Span
	err   *wire.Error
}

// TreeRow is one row of a Tree. Its texts are inert.
type TreeRow struct {
	Depth   int       // 0 for the whole message
	Kind    string    // in RFC 1176's words: "flag list"
	Role    string    // its purpose: "password"; may be empty
	Excerpt string    // the beginning of a leaf, and what it means if it is encoded; secrets as asterisks
	Err     string    // what RFC 1176 expects instead; empty if there is no error
	Span    wire.Span // in the message's Raw
	HasKids bool      // the rows up to End are below this one
	End     int       // the row after all rows below this one
}

// Tree returns the tree of a message as rows. Root is m's tree, from a syntax.Parser.
func (o Options) Tree(m *decode.Message, root *syntax.Node) *Tree {
	t := &Tree{masked: o.masked(m), decoded: o.Notes(m, root)}
	t.add(root, 0)
	return t
}

func (t *Tree) add(n *syntax.Node, depth int32) {
	if separates(n) {
		return
	}
	if len(t.rows) >= MaxTree {
		t.Omitted++
	} else {
		t.rows = append(t.rows, treeNode{n.Kind, n.Role, len(n.Kids) == 0, depth, 0, n.Span, n.Err})
	}
	at := len(t.rows) - 1
	for i := range n.Kids {
		t.add(&n.Kids[i], depth+1)
	}
	if t.rows[at].end == 0 {
		t.rows[at].end = int32(len(t.rows))
	}
}

// separates reports whether n is only a separator.
func separates(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
		return n.Err == nil
	}
	return false
}

// Len returns the number of rows, at least one for the message.
func (t *Tree) Len() int { return len(t.rows) }

// Row returns row i, counted from 0.
func (t *Tree) Row(i int) TreeRow {
	n := &t.rows[i]
	r := TreeRow{
		Depth:   int(n.depth),
		Kind:    n.kind.String(),
		Role:    n.role.String(),
		Span:    n.span,
		HasKids: int(n.end) > i+1,
		End:     int(n.end),
	}
	if n.leaf && (n.span.Len() > 0 || n.kind == syntax.KindLiteralBody) {
		r.Excerpt = t.masked.excerpt(n.span, n.kind == syntax.KindLiteralBody)
		r.Excerpt += t.decoded[n.span.End].beside()
	}
	if n.err != nil {
		r.Err = Inert(n.err.Error())
	}
	return r
}

// NodeAt returns the deepest row that covers a byte of the message's Raw, or -1 if there
// is no such byte.
func (t *Tree) NodeAt(off int) int { return t.nodeOf(wire.Span{Start: off, End: off + 1}) }

// nodeOf returns the deepest row that covers all of a span of the message's Raw, or -1 if
// the message does not.
func (t *Tree) nodeOf(s wire.Span) int {
	covers := func(i int) bool { return t.rows[i].span.Start <= s.Start && s.End <= t.rows[i].span.End }
	if s.Len() <= 0 || len(t.rows) == 0 || !covers(0) {
		return -1
	}
	at := 0
	for i := 1; i < int(t.rows[at].end); {
		if covers(i) {
			at, i = i, i+1
		} else {
			i = int(t.rows[i].end)
		}
	}
	return at
}

// String returns the row as one line, without its depth.
func (r TreeRow) String() string {
	var b strings.Builder
	b.WriteString(r.Kind)
	if r.Role != "" {
		fmt.Fprintf(&b, " (%s)", r.Role)
	}
	if r.Excerpt != "" {
		b.WriteString("  ")
		b.WriteString(r.Excerpt)
	}
	if r.Err != "" {
		b.WriteString("  <- ")
		b.WriteString(r.Err)
	}
	return b.String()
}

// masked holds a message's bytes, and which of them must not be shown.
type masked struct {
	raw    []byte
	hidden []wire.Span // in order, none overlapping another
	gaps   []wire.Gap  // in order, within raw
	msg    *wire.Message
}

// masked returns the bytes of m. Secrets are hidden at their original length, also where a
// server repeats them.
func (o Options) masked(m *decode.Message) masked {
	return masked{raw: m.Raw, hidden: o.Secrets(m), gaps: m.Gaps, msg: &m.Message}
}

// of returns the bytes of s with asterisks for the hidden ones; the result is a part of raw
// if none is hidden.
func (b *masked) of(s wire.Span) []byte {
	out := s.Of(b.raw)
	if !overlaps(b.hidden, s) {
		return out
	}
	out = slices.Clone(out)
	for _, h := range b.hidden {
		for i := max(h.Start, s.Start); i < min(h.End, s.End); i++ {
			out[i-s.Start] = '*'
		}
	}
	return out
}

// excerpt returns the beginning of s, inert, and the length of s if there is more. Body
// reports whether s is the body of a literal, which includes what was omitted at either
// end of it.
func (b *masked) excerpt(s wire.Span, body bool) string {
	size := int64(s.Len())
	end := min(s.End, s.Start+maxExcerpt)
	prefix := ""
	for _, g := range b.gaps {
		switch {
		case g.At == s.Start && body: // its beginning is not here
			prefix = "…"
			size += g.N
		case g.At == s.End && body && b.msg.InLiteral(g):
			size += g.N
		case s.Start < g.At && g.At < s.End:
			size += g.N
			end = min(end, g.At)
		}
	}
	text := prefix + Inert(b.of(wire.Span{Start: s.Start, End: end}))
	if end < s.End || size > int64(s.Len()) {
		text += fmt.Sprintf("… (%d bytes)", size)
	}
	return text
}
