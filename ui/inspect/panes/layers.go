package panes

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// layersView is the tab of a connection's layers: what they are, their records, and the
// bytes of the record under the cursor, as they were on the wire and opened. Only the
// records and bytes on the screen are read.
type layersView struct {
	*tview.Box
	base
	list  *Pager
	dumps [2]*dump // wire, plaintext
	part  int      // that has the cursor: 0 the list, 1 and 2 the dumps

	conn    capture.ConnID
	txn     int // the transaction, by its index among all, plus 1; 0: none
	records int
	layers  int // how many kinds there are
	events  []decode.Event
	sums    []decode.LayerCount
	err     error
	head    Lines // above the records
	width   int   // that it was made for
	version uint64

	loaded loaded       // what is in the dumps
	record model.Record // of it
}

// loaded says which record was read, and when.
type loaded struct {
	conn    capture.ConnID
	n       int // -1: none
	secrets bool
	version uint64
}

func newLayersView(b base) *layersView {
	v := &layersView{Box: tview.NewBox(), base: b, list: NewPager(b.theme)}
	for i := range v.dumps {
		v.dumps[i] = newDump(b)
	}
	v.list.moved = func(int) { v.part = 0 }
	return v
}

// Show implements View. The cursor goes to the record that carries the transaction's first
// message, unless it is the same transaction as before.
func (v *layersView) Show(e *model.Exchange) {
	same := v.txn == e.I+1
	v.ShowConn(e.Row.Conn)
	v.txn = e.I + 1
	if same || v.carries(e) {
		return
	}
	v.list.at, v.part = 0, 0
	if at, ok := v.recordOf(e); ok {
		v.list.at = len(v.head) + at
	}
}

// carries reports whether the record under the cursor is part of the transaction.
func (v *layersView) carries(e *model.Exchange) bool {
	n := v.list.at - len(v.head)
	return n >= 0 && n < v.records && v.model.Record(v.conn, n).Txn == e.I
}

// recordOf returns the first record that carries part of the transaction's first message.
func (v *layersView) recordOf(e *model.Exchange) (int, bool) {
	if len(e.Messages) == 0 {
		return 0, false
	}
	return v.model.RecordOf(v.conn, v.records, e.Messages[0])
}

// ShowConn shows a connection, on which there may be no transaction.
func (v *layersView) ShowConn(id capture.ConnID) {
	v.txn = 0
	if v.conn != id {
		v.conn, v.part, v.version, v.width = id, 0, 0, 0
		v.list.Show(v, 0)
	}
	v.refresh()
}

// refresh reads what the layers are, if something has arrived, and lays it out for the
// width.
func (v *layersView) refresh() {
	_, _, w, _ := v.list.GetInnerRect()
	if now := v.model.Version() + 1; now != v.version && v.conn != 0 {
		v.version = now
		c, _ := v.model.Archive.ConnOf(v.conn)
		v.events, v.sums, v.err = v.model.Reader.Layers(v.conn)
		v.records = c.Records
		v.layers = len(v.sums)
	} else if w == v.width {
		return
	}
	v.width = w
	before := len(v.head)
	v.makeHead()
	if v.list.at >= before && before > 0 { // on a record: it stays there
		v.list.at += len(v.head) - before
	}
}

// maxFacts is how many columns of what is known of a layer are shown: certificates may have
// many names.
const maxFacts = 600

// makeHead makes the lines about the layers.
func (v *layersView) makeHead() {
	th := v.theme
	v.head = nil
	add := func(text string, style tcell.Style) {
		indent := ""
		for _, part := range view.Wrap(view.Fit(text, maxFacts, "…"), max(v.width-2, minMeaning)) {
			v.head = append(v.head, Line{{indent + part, style}})
			indent = "  "
		}
	}
	for _, e := range v.events {
		switch e := e.(type) {
		case *decode.Secured:
			add(view.Layer(e), th.Strong)
		case *decode.Dark:
			add(view.LayerName(e.Of)+": "+view.Layer(e), th.Bad)
		}
	}
	for i := range v.sums {
		add(view.LayerSum(&v.sums[i]), th.Plain)
	}
	if v.err != nil {
		add("not everything can be shown: "+view.Inert(v.err.Error()), th.Bad)
	}
	if len(v.events) == 0 && v.records == 0 {
		add("No layers: what both sides sent is the text of IMAP itself.", th.Faint)
		return
	}
	v.head = append(v.head, v.columns("#", "time", "", "layer", "what", "wire", "plain", th.Faint, th.Faint))
}

// Widths of columns.
const (
	recordNumber = 6
	recordTime   = 12
	recordLayer  = 7
	recordBytes  = 5
)

// columns returns a row of the records.
func (v *layersView) columns(n, when, arrow, of, what, wire, plain string, style, whatStyle tcell.Style) Line {
	th := v.theme
	l := Line{
		{Fit(n, recordNumber, true) + " ", th.Faint},
		{Fit(when, recordTime, false) + " ", th.Faint},
		{Fit(arrow, 1, false) + " ", style},
	}
	if v.layers > 1 {
		l = append(l, Span{Fit(of, recordLayer, false) + " ", style})
	}
	room := v.width - l.Width() - 2*(recordBytes+1)
	return append(l,
		Span{Fit(what, max(room, 10), false), whatStyle},
		Span{" " + Fit(wire, recordBytes, true), style},
		Span{" " + Fit(plain, recordBytes, true), style})
}

// Len implements Content.
func (v *layersView) Len() int { return len(v.head) + v.records }

// Line implements Content.
func (v *layersView) Line(i int) Line {
	th := v.theme
	if i < len(v.head) {
		return v.head[i]
	}
	n := i - len(v.head)
	r, err := v.model.Reader.Record(v.conn, n)
	if err != nil {
		return Line{{view.Inert(err.Error()), th.Bad}}
	}
	style, arrow := th.Client, "→"
	if r.Dir == capture.ServerToClient {
		style, arrow = th.Server, "←"
	}
	what, whatStyle := view.Inert(r.What), style
	if what == "" {
		what = view.LayerName(r.Of)
	}
	if r.Fault != "" {
		what, whatStyle = string(r.Fault)+": "+what, th.Bad
	}
	plain := ""
	if r.N > 0 {
		plain = amount(r.N)
	}
	when := v.model.View.In(r.Time).Format("15:04:05.000")
	return v.columns(fmt.Sprint(n+1), when, arrow, view.LayerName(r.Of), what, amount(r.Len), plain, style, whatStyle)
}

// under returns the record under the cursor, from 0; -1 if there is none.
func (v *layersView) under() int {
	if n := v.list.at - len(v.head); n >= 0 && n < v.records {
		return n
	}
	return -1
}

// load reads the record under the cursor.
func (v *layersView) load() {
	now := loaded{v.conn, v.under(), v.model.View.ShowSecrets, v.version}
	if now == v.loaded {
		return
	}
	same := now.conn == v.loaded.conn && now.n == v.loaded.n
	v.loaded = now
	if now.n < 0 {
		v.dumps[0].show("", "", nil, same)
		v.dumps[1].show("", "", nil, same)
		return
	}
	v.record = v.model.Record(v.conn, now.n)
	r := &v.record
	wire := &source{conn: v.conn, of: r.Of, dir: r.Dir, begin: r.Off, n: r.Len, hidden: r.Wire}
	plain := &source{conn: v.conn, of: r.In, dir: r.Dir, begin: r.Plain, n: r.N, hidden: r.Text}
	v.dumps[0].show("wire", v.wireWords(), wire, same)
	v.dumps[1].show("plain", v.plainWords(), plain, same)
}

// wireWords describes the bytes of the record on the wire.
func (v *layersView) wireWords() string {
	r := &v.record
	if r.Err != nil {
		return view.Inert(r.Err.Error())
	}
	words := []string{fmt.Sprintf("%s from %s on", model.Plural(int(r.Len), "byte"), model.Number(int(r.Off)))}
	if r.What != "" {
		words = append(words, view.Inert(r.What))
	}
	if r.Fault != "" {
		words = append(words, string(r.Fault))
	}
	return strings.Join(words, ", ")
}

// plainWords describes the plaintext of the record.
func (v *layersView) plainWords() string {
	r := &v.record
	switch {
	case r.N == 0 && r.Fault != "":
		return "not opened: " + string(r.Fault)
	case r.N == 0:
		return "nothing of IMAP"
	}
	of := "of the text of IMAP"
	if r.In != 0 {
		of = "of " + view.LayerName(r.In)
	}
	words := fmt.Sprintf("%s from %s on %s", model.Plural(int(r.N), "byte"), model.Number(int(r.Plain)), of)
	if r.Txn >= 0 {
		row := v.model.Archive.Row(r.Txn)
		words += ", transaction " + v.model.Label(&row)
	}
	return words
}

// Draw implements tview.Primitive.
func (v *layersView) Draw(s tcell.Screen) {
	v.DrawForSubclass(s, v)
	v.arrange()
	v.refresh()
	v.list.Draw(s) // it puts the cursor on a line that exists
	v.load()
	for i, d := range v.dumps {
		d.active = v.part == i+1 && v.list.HasFocus()
		d.Draw(s)
	}
}

// dumpWidth is how wide a dump is; listLeast is the least width of the list beside one.
const (
	dumpWidth = dumpOffset + 3*view.HexWidth + 1 + view.HexWidth
	listLeast = 54
	minDump   = 2 // rows
)

// arrange divides the screen: the dumps are to the right of the list, or below it while a
// record is under the cursor.
func (v *layersView) arrange() {
	x, y, w, h := v.GetInnerRect()
	for _, d := range v.dumps {
		d.SetRect(x, y, 0, 0)
	}
	switch {
	case v.records == 0 || w < 20 || h < 3*minDump:
		v.list.SetRect(x, y, w, h)
	case w >= listLeast+1+dumpWidth:
		left := w - dumpWidth - 1
		v.list.SetRect(x, y, left, h)
		v.dumps[0].SetRect(x+left+1, y, dumpWidth, h/2)
		v.dumps[1].SetRect(x+left+1, y+h/2, dumpWidth, h-h/2)
	case v.under() < 0:
		v.list.SetRect(x, y, w, h)
	default:
		each := max(h/3, minDump)
		v.list.SetRect(x, y, w, h-2*each)
		v.dumps[0].SetRect(x, y+h-2*each, w, each)
		v.dumps[1].SetRect(x, y+h-each, w, each)
	}
}

// Focus implements tview.Primitive.
func (v *layersView) Focus(delegate func(tview.Primitive)) { delegate(v.list) }

// HasFocus implements tview.Primitive.
func (v *layersView) HasFocus() bool { return v.list.HasFocus() }

// MouseHandler implements tview.Primitive.
func (v *layersView) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return v.WrapMouseHandler(func(action tview.MouseAction, e *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		for i, p := range []*Pager{v.list, v.dumps[0].Pager, v.dumps[1].Pager} {
			if p.InRect(e.Position()) {
				if action == tview.MouseLeftClick {
					v.part = i
				}
				used, _ := p.MouseHandler()(action, e, func(tview.Primitive) { focus(v.list) })
				return used, nil
			}
		}
		return false, nil
	})
}

// pager returns the part that has the cursor.
func (v *layersView) pager() *Pager {
	if v.part > 0 {
		return v.dumps[v.part-1].Pager
	}
	return v.list
}

// Move implements View: left and right lead to the list, the wire's bytes and the plaintext.
func (v *layersView) Move(m Move) {
	switch m {
	case Left:
		v.part = max(v.part-1, 0)
	case Right:
		if v.under() >= 0 {
			v.part = min(v.part+1, len(v.dumps))
		}
	default:
		v.pager().Move(m)
	}
}

// Find implements View.
func (v *layersView) Find(word string, back bool) bool { return v.pager().Find(word, back) }

// Open implements opener: it leads to the transaction that the record's plaintext is part of.
func (v *layersView) Open() Goal {
	v.load()
	if v.under() < 0 || v.record.Txn < 0 {
		return Goal{}
	}
	return Goal{To: ToTxn, Txn: v.record.Txn}
}

// Back implements backer.
func (v *layersView) Back() bool {
	was := v.part > 0
	v.part = 0
	return was
}
