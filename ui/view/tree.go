package view

import (
	"fmt"
	"strings"

	"imapscope/decode"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// MaxTree is how many rows a Tree has; what comes after them is counted.
const MaxTree = 50_000

// maxExcerpt is how many octets of a leaf its row shows.
const maxExcerpt = 60

// Tree is what the grammar makes of one message, as a flat list for a widget that
// opens and closes rows: parents come before what is below them, and what only
// separates (spaces, parentheses, line ends) has no row unless it is wrong. Texts
// are made when a row is asked for. A Tree keeps the message's Raw, which must not
// change meanwhile, and nothing of the nodes.
type Tree struct {
	// Omitted is how many nodes beyond MaxTree have no row.
	Omitted int

	octets octets
	rows   []treeNode
}

// treeNode is what a row is made from.
type treeNode struct {
	kind  syntax.Kind
	role  protocol.Role
	leaf  bool // of the grammar: it may have no rows below it and still not be one
	depth int32
	end   int32 // the row after all that is below this one
	span  wire.Span
	err   *wire.Error
}

// TreeRow is one row of a Tree. Its texts are inert.
type TreeRow struct {
	Depth   int       // 0 for the whole message
	Kind    string    // in RFC 1176's words: "flag list"
	Role    string    // what it is for: "password"; may be empty
	Excerpt string    // of a leaf: its beginning; secrets as asterisks
	Err     string    // what RFC 1176 expects instead; empty if all is well
	Span    wire.Span // in the message's Raw
	HasKids bool      // the rows up to End are below this one
	End     int       // the row after all that is below this one
}

// Tree lays out the tree of a message. Root is m's own, from a syntax.Parser.
func (o Options) Tree(m *decode.Message, root *syntax.Node) *Tree {
	t := &Tree{octets: o.octets(m)}
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

// separates reports whether n says nothing.
func separates(n *syntax.Node) bool {
	switch n.Kind {
	case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
		return n.Err == nil
	}
	return false
}

// Len is the number of rows; there is one at least, that of the message.
func (t *Tree) Len() int { return len(t.rows) }

// Row is one row, from 0.
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
		r.Excerpt = t.octets.excerpt(n.span, n.kind == syntax.KindLiteralBody)
	}
	if n.err != nil {
		r.Err = Inert(n.err.Error())
	}
	return r
}

// NodeAt is the deepest row that covers an octet of the message's Raw; -1 if there
// is no such octet.
func (t *Tree) NodeAt(off int) int { return t.NodeOf(wire.Span{Start: off, End: off + 1}) }

// NodeOf is the deepest row that covers all of a span of the message's Raw; -1 if
// the message does not.
func (t *Tree) NodeOf(s wire.Span) int {
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

// String is the row as one line, without its depth.
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

// octets is a message's bytes and which of them are not to be seen.
type octets struct {
	raw    []byte
	hidden []wire.Span // in order, none overlapping another
	gaps   []wire.Gap  // in order, within raw
	msg    *wire.Message
}

// octets are those of m. Secrets are hidden at their length, and where a server
// repeats them.
func (o Options) octets(m *decode.Message) octets {
	return octets{raw: m.Raw, hidden: o.Secrets(m), gaps: m.Gaps, msg: &m.Message}
}

// masked is the octets of s with asterisks for those that are hidden: part of raw
// if none is.
func (x *octets) masked(s wire.Span) []byte {
	b := s.Of(x.raw)
	if !overlaps(x.hidden, s) {
		return b
	}
	b = append([]byte(nil), b...)
	for _, h := range x.hidden {
		for i := max(h.Start, s.Start); i < min(h.End, s.End); i++ {
			b[i-s.Start] = '*'
		}
	}
	return b
}

// excerpt returns the beginning of s, inert, and how long s is if there is more. Body
// says that s is that of a literal, to which what was left out at either end of it
// belongs.
func (x *octets) excerpt(s wire.Span, body bool) string {
	size := int64(s.Len())
	end := min(s.End, s.Start+maxExcerpt)
	prefix := ""
	for _, g := range x.gaps {
		switch {
		case g.At == s.Start && body: // its beginning is not here
			prefix = "…"
			size += g.N
		case g.At == s.End && body && x.msg.InLiteral(g):
			size += g.N
		case s.Start < g.At && g.At < s.End:
			size += g.N
			end = min(end, g.At)
		}
	}
	text := prefix + Inert(x.masked(wire.Span{Start: s.Start, End: end}))
	if end < s.End || size > int64(s.Len()) {
		text += fmt.Sprintf("… (%d octets)", size)
	}
	return text
}
