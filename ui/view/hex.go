package view

import (
	"fmt"
	"sort"
	"strings"

	"imapscope/decode"
	"imapscope/decode/wire"
)

// HexWidth is the number of bytes in a row of a Hex.
const HexWidth = 16

// Hex is a hex dump of a message, in rows of HexWidth bytes. A row is made on request, in
// time and memory that do not depend on the message's size. Where bytes of the message
// were not kept, a separate row gives their number, and the following bytes begin a new
// row. A Hex keeps a reference to the message's Raw, which must not change.
type Hex struct {
	masked
	runs []hexRun
	rows int
}

// hexRun is a run of kept bytes between two gaps.
type hexRun struct {
	row        int // its first; the row for the gap before it is the one above
	start, end int // in raw
	off        int64
}

// HexRow is one row of a Hex.
type HexRow struct {
	Offset  int64     // of the first byte, in the message as it was sent
	Span    wire.Span // in the message's Raw; empty for a gap
	Omitted int64     // bytes omitted in a gap; such a row has nothing else

	cells [HexWidth]HexCell
}

// HexCell is one byte of a HexRow.
type HexCell struct {
	At     int     // in the message's Raw
	Hex    [2]byte // "2a"; "**" if it is hidden
	Char   byte    // printable ASCII; "." for all other bytes, "*" if it is hidden
	Hidden bool    // part of a secret
}

// Hex returns a hex dump of a message.
func (o Options) Hex(m *decode.Message) *Hex {
	h := &Hex{masked: o.masked(m)}
	run := hexRun{}
	add := func(end int) {
		run.end = end
		h.runs = append(h.runs, run)
		h.rows = run.row + (end-run.start+HexWidth-1)/HexWidth
		run.off += int64(end - run.start)
	}
	for _, g := range h.gaps {
		add(g.At)
		run.row, run.start = h.rows+1, g.At
		run.off += g.N
	}
	add(len(h.raw))
	return h
}

// Len returns the number of rows.
func (h *Hex) Len() int { return h.rows }

// Row returns row i, counted from 0.
func (h *Hex) Row(i int) HexRow {
	k := sort.Search(len(h.runs), func(k int) bool { return h.runs[k].row > i }) - 1
	run := &h.runs[k]
	if k+1 < len(h.runs) && i == h.runs[k+1].row-1 {
		g := h.gaps[k]
		return HexRow{Offset: h.runs[k+1].off - g.N, Span: wire.Span{Start: g.At, End: g.At}, Omitted: g.N}
	}
	start := run.start + (i-run.row)*HexWidth
	r := HexRow{Offset: run.off + int64(start-run.start), Span: wire.Span{Start: start, End: min(start+HexWidth, run.end)}}
	hidden := h.hiddenFrom(start)
	for at := start; at < r.Span.End; at++ {
		for len(hidden) > 0 && hidden[0].End <= at {
			hidden = hidden[1:]
		}
		r.cells[at-start] = cell(at, h.raw[at], len(hidden) > 0 && hidden[0].Start <= at)
	}
	return r
}

// hiddenFrom returns the hidden spans at a byte and after it.
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

// RowsOf returns the rows that contain bytes of a span of the message's Raw: from first up
// to but not including end. An empty span has no rows.
func (h *Hex) RowsOf(s wire.Span) (first, end int) {
	s.Start, s.End = max(s.Start, 0), min(s.End, len(h.raw))
	if s.Len() <= 0 {
		return 0, 0
	}
	return h.rowOf(s.Start), h.rowOf(s.End-1) + 1
}

func (h *Hex) rowOf(at int) int {
	k := sort.Search(len(h.runs), func(k int) bool { return h.runs[k].start > at }) - 1
	run := &h.runs[k]
	return run.row + (at-run.start)/HexWidth
}

// Cells returns the bytes of the row, at most HexWidth.
func (r *HexRow) Cells() []HexCell { return r.cells[:r.Span.Len()] }

// String returns the row as one line: offset, bytes, characters.
//
//	00000010  4c 4f 47 49 4e 20 66 72  65 64 20 ** ** ** ** **  |LOGIN fred *****|
func (r HexRow) String() string {
	if r.Omitted > 0 {
		return fmt.Sprintf("%08x  (%d bytes omitted)", r.Offset, r.Omitted)
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
