package inspect

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/view"
)

// treeHex is the tab of the syntax tree beside the octets. Moving in one moves the
// other: what is chosen is a stretch of octets.
type treeHex struct {
	*tview.Box
	x    *inspector
	tree *pager
	hex  *pager
	ex   *exchange
	par  syntax.Parser

	rows     []treeRow
	trees    map[int]*view.Tree // by message, made when they are unfolded
	unfolded map[treeRow]bool   // rows
	bytes    *view.Hex          // of the message under the cursor
	of       int                // that message
	chosen   wire.Span
	inHex    bool // the cursor is among the octets
	octet    int
}

// treeRow is a row that is shown: a message, or a node of its tree.
type treeRow struct {
	message, node int
}

func newTreeHex(x *inspector) *treeHex {
	t := &treeHex{Box: tview.NewBox(), x: x, tree: newPager(&x.theme), hex: newPager(&x.theme)}
	t.tree.moved = func(int) { t.follow() }
	t.hex.clicked = func(row, column int) { t.inHex = true; t.toOctet(t.octetAt(row, column)) }
	return t
}

func (t *treeHex) show(ex *exchange) {
	again := t.ex != nil && t.ex.i == ex.i
	at := t.tree.at
	t.ex, t.of, t.bytes = ex, -1, nil
	if !again {
		at, t.inHex, t.octet = 0, false, 0
		t.trees = make(map[int]*view.Tree)
		t.unfolded = make(map[treeRow]bool)
		t.unfoldAll(0)
	}
	t.build()
	t.tree.show(t, at)
	t.follow()
}

// unfoldAll opens a message's whole tree, if it is small.
func (t *treeHex) unfoldAll(message int) {
	if message >= len(t.ex.Messages) {
		return
	}
	tree := t.treeOf(message)
	for n := range min(tree.Len(), 500) {
		t.unfolded[treeRow{message, n}] = true
	}
}

// treeOf is the tree of a message.
func (t *treeHex) treeOf(message int) *view.Tree {
	if tree := t.trees[message]; tree != nil {
		return tree
	}
	m := t.ex.Messages[message]
	tree := t.x.data.view.Tree(m, m.Parse(&t.par))
	t.trees[message] = tree
	return tree
}

// build makes the list of rows anew: messages, and what is unfolded of their trees.
func (t *treeHex) build() {
	t.rows = t.rows[:0]
	for i := range t.ex.Messages {
		t.rows = append(t.rows, treeRow{i, 0})
		if !t.unfolded[treeRow{i, 0}] {
			continue
		}
		tree := t.treeOf(i)
		for n := 1; n < tree.Len(); {
			r := tree.Row(n)
			t.rows = append(t.rows, treeRow{i, n})
			if r.HasKids && !t.unfolded[treeRow{i, n}] {
				n = r.End
			} else {
				n++
			}
		}
	}
}

// Len implements content.
func (t *treeHex) Len() int { return len(t.rows) }

// Line implements content.
func (t *treeHex) Line(i int) line {
	th := &t.x.theme
	r := t.rows[i]
	fold := "  "
	if r.node == 0 {
		m := t.ex.Messages[r.message]
		fold = "▸ "
		if t.unfolded[treeRow{r.message, 0}] {
			fold = "▾ "
		}
		l := t.x.data.view.Line(m)
		return line{{fold, th.faint}, {arrowOf(m) + " ", th.strong}, {l.Text, th.strong}}
	}
	row := t.trees[r.message].Row(r.node)
	if row.HasKids {
		fold = "▸ "
		if t.unfolded[r] {
			fold = "▾ "
		}
	}
	out := line{{strings.Repeat("  ", row.Depth) + fold, th.faint}, {row.Kind, th.plain}}
	if row.Role != "" {
		out = append(out, span{" (" + row.Role + ")", th.faint})
	}
	if row.Excerpt != "" {
		out = append(out, span{"  " + row.Excerpt, th.word})
	}
	if row.Err != "" {
		out = append(out, span{"  ! " + row.Err, th.bad})
	}
	return out
}

func arrowOf(m *decode.Message) string {
	if m.Dir == 0 {
		return "→"
	}
	return "←"
}

// follow lets the octets show what the tree's cursor is on.
func (t *treeHex) follow() {
	if t.tree.at >= len(t.rows) {
		t.bytes = nil
		return
	}
	r := t.rows[t.tree.at]
	t.message(r.message)
	t.chosen = wire.Span{End: len(t.ex.Messages[r.message].Raw)}
	if r.node > 0 {
		t.chosen = t.trees[r.message].Row(r.node).Span
	}
	if !t.inHex {
		t.octet = t.chosen.Start
	}
	if first, _ := t.bytes.RowsOf(t.chosen); first < t.bytes.Len() {
		t.hex.at = first
	}
}

// message lets the octets be those of a message.
func (t *treeHex) message(i int) {
	if t.of == i && t.bytes != nil {
		return
	}
	t.of = i
	t.bytes = t.x.data.view.Hex(t.ex.Messages[i])
	t.hex.show(hexRows{t}, 0)
}

// hexRows is the octets as content.
type hexRows struct{ t *treeHex }

func (h hexRows) Len() int {
	if h.t.bytes == nil {
		return 0
	}
	return h.t.bytes.Len()
}

// offsetWidth is how wide the offsets are, and the space behind them.
const offsetWidth = 8

func (h hexRows) Line(i int) line {
	t, th := h.t, &h.t.x.theme
	r := t.bytes.Row(i)
	if r.Omitted > 0 {
		return line{{fmt.Sprintf("        (%s octets omitted)", number(int(r.Omitted))), th.faint}}
	}
	out := line{{fmt.Sprintf("%06x  ", r.Offset), th.faint}}
	text := line{{" ", th.plain}}
	for k, c := range r.Cells() {
		at := r.Span.Start + k
		style, gap := th.plain, th.plain
		if t.chosen.Start <= at && at < t.chosen.End {
			style = th.found
			if at+1 < t.chosen.End && k+1 < view.HexWidth {
				gap = th.found
			}
		}
		if t.inHex && at == t.octet {
			style = style.Underline(true).Bold(true)
		}
		out = append(out, span{string(c.Hex[:]), style}, span{" ", gap})
		text = append(text, span{string(rune(c.Char)), style})
	}
	if pad := view.HexWidth - r.Span.Len(); pad > 0 {
		out = append(out, span{strings.Repeat("   ", pad), th.plain})
	}
	return append(out, text...)
}

// octetAt is the octet at a place of the hex pane; -1 if there is none.
func (t *treeHex) octetAt(row, column int) int {
	if t.bytes == nil || row >= t.bytes.Len() {
		return -1
	}
	r := t.bytes.Row(row)
	k := (column - offsetWidth) / 3
	if column >= offsetWidth+3*view.HexWidth {
		k = column - offsetWidth - 3*view.HexWidth - 1
	}
	if k < 0 || k >= r.Span.Len() {
		return -1
	}
	return r.Span.Start + k
}

// toOctet puts the cursor on an octet; the tree follows to the word it is in.
func (t *treeHex) toOctet(at int) {
	if t.bytes == nil || at < 0 || at >= len(t.ex.Messages[t.of].Raw) {
		return
	}
	t.octet = at
	node := t.treeOf(t.of).NodeAt(at)
	tree := t.treeOf(t.of)
	// Open what the node is in.
	t.unfolded[treeRow{t.of, 0}] = true
	for n := range node {
		if r := tree.Row(n); r.HasKids && n < node && node < r.End {
			t.unfolded[treeRow{t.of, n}] = true
		}
	}
	t.build()
	for i, r := range t.rows {
		if r.message == t.of && r.node == max(node, 0) {
			t.tree.at = i
		}
	}
	t.follow()
	if first, _ := t.bytes.RowsOf(wire.Span{Start: at, End: at + 1}); first < t.bytes.Len() {
		t.hex.at = first
	}
}

// hexLeast is the width from which on tree and octets stand side by side.
const hexLeast = 8 + 3*16 + 2 + 16 + 20

// Draw implements tview.Primitive.
func (t *treeHex) Draw(s tcell.Screen) {
	t.DrawForSubclass(s, t)
	x, y, w, h := t.GetInnerRect()
	hexWidth := min(8+3*16+2+16, w)
	if w >= hexLeast {
		t.tree.SetRect(x, y, w-hexWidth-1, h)
		t.hex.SetRect(x+w-hexWidth, y, hexWidth, h)
	} else { // below one another
		top := h - h/2
		t.tree.SetRect(x, y, w, top)
		t.hex.SetRect(x, y+top, w, h-top)
	}
	t.tree.Draw(s)
	t.hex.Draw(s)
}

// Focus implements tview.Primitive.
func (t *treeHex) Focus(delegate func(tview.Primitive)) { delegate(t.tree) }

// HasFocus implements tview.Primitive.
func (t *treeHex) HasFocus() bool { return t.tree.HasFocus() }

// MouseHandler implements tview.Primitive.
func (t *treeHex) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return t.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		for _, p := range []*pager{t.tree, t.hex} {
			if p.InRect(e.Position()) {
				used, _ := p.MouseHandler()(action, e, func(tview.Primitive) { focus(t.tree) })
				return used, nil
			}
		}
		return false, nil
	})
}

// move implements mover: in the tree by rows, left and right fold; among the octets
// by octets.
func (t *treeHex) move(m move) {
	if t.inHex {
		step := map[move]int{left: -1, right: 1, up: -view.HexWidth, down: view.HexWidth, pageUp: -8 * view.HexWidth, pageDown: 8 * view.HexWidth}[m]
		n := len(t.ex.Messages[t.of].Raw)
		switch m {
		case first:
			t.toOctet(0)
		case last:
			t.toOctet(n - 1)
		default:
			t.toOctet(max(min(t.octet+step, n-1), 0))
		}
		return
	}
	switch m {
	case left:
		t.fold(false)
	case right:
		t.fold(true)
	default:
		t.tree.move(m)
	}
}

func (t *treeHex) fold(open bool) {
	if t.tree.at >= len(t.rows) {
		return
	}
	r := t.rows[t.tree.at]
	t.unfolded[r] = open
	t.build()
	t.follow()
}

// open implements opener: it goes into the octets, and back.
func (t *treeHex) open() { t.inHex = !t.inHex && t.bytes != nil }

// back implements backer.
func (t *treeHex) back() bool {
	was := t.inHex
	t.inHex = false
	return was
}

func (t *treeHex) find(word string, back bool) bool {
	t.inHex = false
	return t.tree.find(word, back)
}

// under is the message under the cursor.
func (t *treeHex) under() (*decode.Message, bool) {
	if t.ex == nil || t.tree.at >= len(t.rows) {
		return nil, false
	}
	return t.ex.Messages[t.rows[t.tree.at].message], true
}
