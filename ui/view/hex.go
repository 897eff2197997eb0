package view

import (
	"fmt"
	"sort"
	"strings"

	"imapscope/decode"
	"imapscope/decode/wire"
)

// HexWidth is how many octets stand in a row of a Hex.
const HexWidth = 16

// Hex is a message octet by octet, in rows of HexWidth. A row is made when it is
// asked for, in time and memory that do not depend on the message's size. Where
// octets of the message were not kept, a row of its own says how many, and what
// follows begins a new row. A Hex keeps the message's Raw, which must not change
// meanwhile.
type Hex struct {
	octets
	before int // rows before the gap, all of them if there is none
	rows   int
}

// HexRow is one row of a Hex.
type HexRow struct {
	Offset  int64     // in the message as it was sent, of the first octet
	Span    wire.Span // in the message's Raw; empty if octets were omitted here
	Omitted int64     // how many; such a row has nothing else

	cells [HexWidth]HexCell
}

// HexCell is one octet of a HexRow.
type HexCell struct {
	At     int     // in the message's Raw
	Hex    [2]byte // "2a"; "**" if it is hidden
	Char   byte    // printable ASCII; "." for all other octets, "*" if it is hidden
	Hidden bool    // part of a secret
}

// Hex shows a message octet by octet.
func (o Options) Hex(m *decode.Message) *Hex {
	h := &Hex{octets: o.octets(m)}
	if h.elided == 0 {
		h.gap = len(h.raw)
	}
	h.before = (h.gap + HexWidth - 1) / HexWidth
	h.rows = h.before
	if h.elided > 0 {
		h.rows += 1 + (len(h.raw)-h.gap+HexWidth-1)/HexWidth
	}
	return h
}

// Len is the number of rows.
func (h *Hex) Len() int { return h.rows }

// Row is one row, from 0.
func (h *Hex) Row(i int) HexRow {
	var r HexRow
	start, stop := i*HexWidth, h.gap
	r.Offset = int64(start)
	switch {
	case h.elided > 0 && i == h.before:
		return HexRow{Offset: int64(h.gap), Span: wire.Span{Start: h.gap, End: h.gap}, Omitted: h.elided}
	case i > h.before:
		start, stop = h.gap+(i-h.before-1)*HexWidth, len(h.raw)
		r.Offset = int64(start) + h.elided
	}
	r.Span = wire.Span{Start: start, End: min(start+HexWidth, stop)}
	hidden := h.hiddenFrom(start)
	for at := start; at < r.Span.End; at++ {
		for len(hidden) > 0 && hidden[0].End <= at {
			hidden = hidden[1:]
		}
		r.cells[at-start] = cell(at, h.raw[at], len(hidden) > 0 && hidden[0].Start <= at)
	}
	return r
}

// hiddenFrom is what is hidden at an octet and behind it.
func (h *Hex) hiddenFrom(at int) []wire.Span {
	return h.hidden[sort.Search(len(h.hidden), func(i int) bool { return h.hidden[i].End > at }):]
}

func cell(at int, c byte, hidden bool) HexCell {
	switch {
	case hidden:
		return HexCell{at, [2]byte{'*', '*'}, '*', true}
	case c < ' ' || c > '~':
		return HexCell{at, [2]byte{hex[c>>4], hex[c&15]}, '.', false}
	}
	return HexCell{at, [2]byte{hex[c>>4], hex[c&15]}, c, false}
}

// RowsOf are the rows that hold octets of a span of the message's Raw: from first
// up to end, which is not one of them. An empty span has no rows.
func (h *Hex) RowsOf(s wire.Span) (first, end int) {
	s.Start, s.End = max(s.Start, 0), min(s.End, len(h.raw))
	if s.Len() <= 0 {
		return 0, 0
	}
	return h.rowOf(s.Start), h.rowOf(s.End-1) + 1
}

func (h *Hex) rowOf(at int) int {
	if at < h.gap {
		return at / HexWidth
	}
	return h.before + 1 + (at-h.gap)/HexWidth
}

// Cells are the octets of the row, HexWidth at most.
func (r *HexRow) Cells() []HexCell { return r.cells[:r.Span.Len()] }

// String is the row as one line: offset, octets, characters.
//
//	00000010  4c 4f 47 49 4e 20 66 72  65 64 20 ** ** ** ** **  |LOGIN fred *****|
func (r HexRow) String() string {
	if r.Omitted > 0 {
		return fmt.Sprintf("%08x  (%d octets omitted)", r.Offset, r.Omitted)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%08x ", r.Offset)
	cells := r.Cells()
	for i := range HexWidth {
		if i%8 == 0 {
			b.WriteByte(' ')
		}
		if i < len(cells) {
			b.Write(cells[i].Hex[:])
			b.WriteByte(' ')
		} else {
			b.WriteString("   ")
		}
	}
	b.WriteString(" |")
	for i := range cells {
		b.WriteByte(cells[i].Char)
	}
	b.WriteByte('|')
	return b.String()
}
