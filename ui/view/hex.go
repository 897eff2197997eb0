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
	runs []hexRun
	rows int
}

// hexRun is what was kept between two gaps.
type hexRun struct {
	row        int // its first; the row that says what is missing before it is the one above
	start, end int // in raw
	off        int64
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

// Len is the number of rows.
func (h *Hex) Len() int { return h.rows }

// Row is one row, from 0.
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
	k := sort.Search(len(h.runs), func(k int) bool { return h.runs[k].start > at }) - 1
	run := &h.runs[k]
	return run.row + (at-run.start)/HexWidth
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
