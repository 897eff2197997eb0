package report

import (
	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/ui/view"
)

// prepared is what a message shows by itself, whatever else is on the page.
type prepared struct {
	line  *line
	root  *syntax.Node // its tree; nil if it is gone
	gloss view.Gloss
	row   view.Row
	isRow bool

	explains     bool // the following is set
	hex          []byte
	shown        int // how many of its bytes are
	gap, omitted int // before which byte of them bytes are missing, and how many
	rows         []view.TreeRow
}

// prepare sets q for a message, which has no explanation unless explain is set. Its root is valid
// until the next use of the parser.
func (q *prepared) prepare(o view.Options, parser *syntax.Parser, m *decode.Message, explain bool) {
	q.line = newLine(o, m)
	q.root = m.Parse(parser)
	q.gloss = o.Gloss(m, q.root)
	q.row, q.isRow = view.Row{}, false
	if m.Kind == decode.Untagged {
		q.row, q.isRow = o.DataRow(m, q.root)
	}
	if q.explains = false; explain {
		q.explain(o, m, q.root)
	}
}

// tree returns the tree of the message, with a parser if it is gone.
func (q *prepared) tree(parser *syntax.Parser, m *decode.Message) *syntax.Node {
	if q.root == nil {
		return m.Parse(parser)
	}
	return q.root
}

// explain sets what the explanation of a message needs of its bytes and its tree.
func (q *prepared) explain(o view.Options, m *decode.Message, root *syntax.Node) {
	q.explains = true
	q.hex, q.rows = q.hex[:0], q.rows[:0]
	q.shown, q.gap, q.omitted = 0, 0, 0
	hex := o.Hex(m)
	for i := 0; i < hex.Len() && q.shown < MaxBytes; i++ {
		r := hex.Row(i)
		if r.Omitted > 0 {
			q.gap, q.omitted = r.Span.Start, int(r.Omitted)
			continue
		}
		for _, c := range r.Cells() {
			q.hex = append(q.hex, c.Hex[0], c.Hex[1])
		}
		q.shown = r.Span.End
	}
	tree := o.Tree(m, root)
	for i := range tree.Len() {
		r := tree.Row(i)
		if r.Span.Start >= q.shown && i > 0 {
			break
		}
		q.rows = append(q.rows, r)
	}
}
