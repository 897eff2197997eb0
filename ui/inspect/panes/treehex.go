package panes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/decode"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// treeHex is the tab of the syntax tree next to the bytes. Moving in one moves the
// other: what is chosen is a stretch of bytes.
type treeHex struct {
	*tview.Box
	base
	tree *Pager
	hex  *Pager
	ex   *model.Exchange
	par  syntax.Parser

	rows     []treeRow
	trees    map[int]*view.Tree // by message, made when they are unfolded
	unfolded map[treeRow]bool   // rows
	bytes    *view.Hex          // of the message under the cursor
	of       int                // that message
	chosen   wire.Span
	inHex    bool // the cursor is in the bytes
	cursor   int  // in the bytes
}

// treeRow is a row that is shown: a message, or a node of its tree.
type treeRow struct {
	message, node int
}

func newTreeHex(b base) *treeHex {
	t := &treeHex{Box: tview.NewBox(), base: b, tree: NewPager(b.theme), hex: NewPager(b.theme)}
	t.tree.moved = func(int) { t.follow() }
	t.hex.clicked = func(row, column int) { t.inHex = true; t.toByte(t.byteAt(row, column)) }
	return t
}

func (t *treeHex) Show(ex *model.Exchange) {
	again := t.ex != nil && t.ex.I == ex.I
	at := t.tree.at
	t.ex, t.of, t.bytes = ex, -1, nil
	if !again {
		at, t.inHex, t.cursor = 0, false, 0
		t.trees = make(map[int]*view.Tree)
		t.unfolded = make(map[treeRow]bool)
		t.unfoldAll(0)
	}
	t.build()
	t.tree.Show(t, at)
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

// treeOf returns the tree of a message.
func (t *treeHex) treeOf(message int) *view.Tree {
	if tree := t.trees[message]; tree != nil {
		return tree
	}
	m := t.ex.Messages[message]
	tree := t.model.View.Tree(m, m.Parse(&t.par))
	t.trees[message] = tree
	return tree
}

// build makes the list of rows: messages, and what is unfolded of their trees.
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

// Len implements Content.
func (t *treeHex) Len() int { return len(t.rows) }

// Line implements Content.
func (t *treeHex) Line(i int) Line {
	th := t.theme
	r := t.rows[i]
	fold := "  "
	if r.node == 0 {
		m := t.ex.Messages[r.message]
		fold = "▸ "
		if t.unfolded[treeRow{r.message, 0}] {
			fold = "▾ "
		}
		l := t.model.View.Line(m)
		return Line{{fold, th.Faint}, {arrowOf(m) + " ", th.Strong}, {l.Text, th.Strong}}
	}
	row := t.trees[r.message].Row(r.node)
	if row.HasKids {
		fold = "▸ "
		if t.unfolded[r] {
			fold = "▾ "
		}
	}
	out := Line{{strings.Repeat("  ", row.Depth) + fold, th.Faint}, {row.Kind, th.Plain}}
	if row.Role != "" {
		out = append(out, Span{" (" + row.Role + ")", th.Faint})
	}
	if row.Excerpt != "" {
		out = append(out, Span{"  " + row.Excerpt, th.Word})
	}
	if row.Err != "" {
		out = append(out, Span{"  ! " + row.Err, th.Bad})
	}
	return out
}

func arrowOf(m *decode.Message) string {
	if m.Dir == 0 {
		return "→"
	}
	return "←"
}

// follow shows the bytes of what the tree's cursor is on.
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
		t.cursor = t.chosen.Start
	}
	if first, _ := t.bytes.RowsOf(t.chosen); first < t.bytes.Len() {
		t.hex.at = first
	}
}

// message shows the bytes of a message.
func (t *treeHex) message(i int) {
	if t.of == i && t.bytes != nil {
		return
	}
	t.of = i
	t.bytes = t.model.View.Hex(t.ex.Messages[i])
	t.hex.Show(hexRows{t}, 0)
}

// hexRows is the bytes as Content.
type hexRows struct{ t *treeHex }

func (h hexRows) Len() int {
	if h.t.bytes == nil {
		return 0
	}
	return h.t.bytes.Len()
}

// offsetWidth is how wide the offsets are, and the space after them.
const offsetWidth = 8

func (h hexRows) Line(i int) Line {
	t, th := h.t, h.t.theme
	r := t.bytes.Row(i)
	if r.Omitted > 0 {
		return Line{{fmt.Sprintf("        (%s bytes omitted)", model.Number(int(r.Omitted))), th.Faint}}
	}
	out := Line{{fmt.Sprintf("%06x  ", r.Offset), th.Faint}}
	text := Line{{" ", th.Plain}}
	for k, c := range r.Cells() {
		at := r.Span.Start + k
		style, gap := th.Plain, th.Plain
		if t.chosen.Start <= at && at < t.chosen.End {
			style = th.Found
			if at+1 < t.chosen.End && k+1 < view.HexWidth {
				gap = th.Found
			}
		}
		if t.inHex && at == t.cursor {
			style = style.Underline(true).Bold(true)
		}
		out = append(out, Span{string(c.Hex[:]), style}, Span{" ", gap})
		text = append(text, Span{string(rune(c.Char)), style})
	}
	if pad := view.HexWidth - r.Span.Len(); pad > 0 {
		out = append(out, Span{strings.Repeat("   ", pad), th.Plain})
	}
	return append(out, text...)
}

// byteAt returns the byte at a place of the hex pane; -1 if there is none.
func (t *treeHex) byteAt(row, column int) int {
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

// toByte puts the cursor on a byte; the tree follows to the word it is in.
func (t *treeHex) toByte(at int) {
	if t.bytes == nil || at < 0 || at >= len(t.ex.Messages[t.of].Raw) {
		return
	}
	t.cursor = at
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

// hexLeast is the width from which on tree and bytes are side by side.
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
		for _, p := range []*Pager{t.tree, t.hex} {
			if p.InRect(e.Position()) {
				used, _ := p.MouseHandler()(action, e, func(tview.Primitive) { focus(t.tree) })
				return used, nil
			}
		}
		return false, nil
	})
}

// move implements mover: in the tree by rows, left and right fold; in the bytes
// byte by byte.
func (t *treeHex) Move(m Move) {
	if t.inHex {
		step := map[Move]int{Left: -1, Right: 1, Up: -view.HexWidth, Down: view.HexWidth, PageUp: -8 * view.HexWidth, PageDown: 8 * view.HexWidth}[m]
		n := len(t.ex.Messages[t.of].Raw)
		switch m {
		case First:
			t.toByte(0)
		case Last:
			t.toByte(n - 1)
		default:
			t.toByte(max(min(t.cursor+step, n-1), 0))
		}
		return
	}
	switch m {
	case Left:
		t.fold(false)
	case Right:
		t.fold(true)
	default:
		t.tree.Move(m)
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

// Open implements opener: it goes into the bytes, and back.
func (t *treeHex) Open() Goal {
	t.inHex = !t.inHex && t.bytes != nil
	return Goal{}
}

// Back implements backer.
func (t *treeHex) Back() bool {
	was := t.inHex
	t.inHex = false
	return was
}

// Find implements View.
func (t *treeHex) Find(word string, back bool) bool {
	t.inHex = false
	return t.tree.Find(word, back)
}

// Under returns the message under the cursor.
func (t *treeHex) Under() (*decode.Message, bool) {
	if t.ex == nil || t.tree.at >= len(t.rows) {
		return nil, false
	}
	return t.ex.Messages[t.rows[t.tree.at].message], true
}

// Point implements pointer.
func (t *treeHex) Point(message int, at wire.Span) {
	t.unfoldAll(message)
	t.build()
	t.message(message)
	if at.Len() > 0 {
		t.toByte(at.Start)
	} else {
		t.tree.GoTo(slices.Index(t.rows, treeRow{message, 0}))
	}
	t.tree.mark = t.tree.at + 1
}
