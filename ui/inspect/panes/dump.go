package panes

import (
	"fmt"

	"github.com/gdamore/tcell/v2"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/ui/inspect/model"
	"imapscope/ui/view"
)

// source is a stretch of a stream of a connection.
type source struct {
	conn   capture.ConnID
	of     decode.UpgradeTo
	dir    capture.Direction
	begin  int64
	n      int64
	hidden []view.Stretch
}

// dump shows bytes of a stream below a title. It reads those that are on the screen, in
// pieces.
type dump struct {
	*Pager
	model  *model.Model
	name   string
	words  string // after the name
	active bool   // it has the cursor
	src    *source
	piece  int       // which piece was read last
	hex    *view.Hex // of it; nil: none
	err    error
}

// dumpPiece is how many rows are read at once, dumpOffset how wide offsets are.
const (
	dumpPiece  = 128
	dumpOffset = 6
)

func newDump(b base) *dump {
	d := &dump{Pager: NewPager(b.theme), model: b.model}
	d.SetBorderPadding(1, 0, 0, 0)
	return d
}

// show sets what is shown; src may be nil. If it is the same as before, the cursor stays.
func (d *dump) show(name, words string, src *source, same bool) {
	d.name, d.words, d.src, d.hex, d.err = name, words, src, nil, nil
	if at, top := d.at, d.top; same {
		d.Pager.Show(d, at)
		d.top = top
		return
	}
	d.Pager.Show(d, 0)
}

// Draw implements tview.Primitive.
func (d *dump) Draw(s tcell.Screen) {
	x, y, w, h := d.GetRect()
	if w <= 0 || h <= 0 {
		return
	}
	d.Pager.Draw(s)
	th := d.theme
	name := th.Title
	if d.active {
		name = th.Chosen
	}
	Line{{d.name, name}, {"  " + d.words, th.Faint}}.Draw(s, x, y, w, 0, th.Plain, true)
}

// Len implements Content.
func (d *dump) Len() int {
	if d.src == nil {
		return 0
	}
	return int((d.src.n + view.HexWidth - 1) / view.HexWidth)
}

// Line implements Content.
func (d *dump) Line(i int) Line {
	th := d.theme
	d.read(i / dumpPiece)
	if d.err != nil {
		if i%dumpPiece > 0 {
			return nil
		}
		return Line{{view.Inert(d.err.Error()), th.Bad}}
	}
	if i%dumpPiece >= d.hex.Len() {
		return nil
	}
	r := d.hex.Row(i % dumpPiece)
	out := Line{{fmt.Sprintf("%04x  ", r.Offset), th.Faint}}
	text := Line{{" ", th.Plain}}
	for _, c := range r.Cells() {
		style := th.Plain
		if c.Hidden {
			style = th.Faint
		}
		out = append(out, Span{string(c.Hex[:]) + " ", style})
		text = append(text, Span{string(rune(c.Char)), style})
	}
	for range view.HexWidth - r.Span.Len() {
		out = append(out, Span{"   ", th.Plain})
	}
	out = append(out, text...)
	if d.active && i == d.at {
		return out.Over(th.Selected)
	}
	return out
}

// read reads a piece, unless it was read last.
func (d *dump) read(piece int) {
	if d.hex != nil && d.piece == piece || d.err != nil && d.piece == piece {
		return
	}
	x := d.src
	from := int64(piece) * dumpPiece * view.HexWidth
	n := min(x.n-from, dumpPiece*view.HexWidth)
	d.piece = piece
	d.hex, d.err = d.model.Dump(x.conn, x.of, x.dir, x.begin, x.begin+from, n, x.hidden)
}
