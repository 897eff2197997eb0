package syntax

import (
	"bytes"

	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

const formal89 = `RFC 3501, "9. Formal Syntax", p. 89`

var (
	wantSection = rule{"a part number, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME", formal89}
	wantPart    = rule{"a part number before MIME", formal89}
	wantOrigin  = rule{`"<", the first byte, and ">"`, `RFC 3501, "9. Formal Syntax", p. 85`}
)

// section parses the "[", section and "]" that follow name, and a range of bytes, as in
// BODY.PEEK[1.2.HEADER.FIELDS (TO CC)]<0.512>:
//
//	section         = "[" [section-spec] "]"
//	section-spec    = section-msgtext / (section-part ["." section-text])
//	section-part    = nz-number *("." nz-number)
//	section-text    = section-msgtext / "MIME"
//	section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
//
// (RFC 3501, "9. Formal Syntax", pp. 89 and 90). A section of BINARY is only a part number
// (RFC 3516, "7. Formal Protocol Syntax", p. 6).
func (p *Parser) section(name wire.Span) {
	mark := p.mark()
	p.leaf(KindAttribute, protocol.RoleNone, name)
	p.punct('[', KindOpen)
	if c := p.lex.Peek(); !endSection[c] && !p.lex.Done() && !p.lex.AtLiteral() {
		p.sectionSpec()
	}
	failed := false
	for !p.lex.Done() && p.lex.Peek() != ']' {
		switch {
		case p.blank():
			continue
		case p.lex.Peek() == ')':
			p.rest(wantBracket)
		default:
			p.value(protocol.RoleNone, endSection)
		}
		if !failed && !p.broken {
			p.fail(p.last(), wantBracket)
			failed = true
		}
	}
	if p.punct(']', KindClose) {
		p.origin()
	} else {
		p.missing(wantBracket)
	}
	p.close(mark, KindSection, protocol.RoleNone)
}

// sectionSpec parses what is between the brackets.
func (p *Parser) sectionSpec() {
	s := p.lex.Until(endSection)
	b := s.Of(p.raw)
	n := partLen(b)
	if n > 0 {
		p.leaf(KindPart, protocol.RoleNone, wire.Span{Start: s.Start, End: s.Start + n})
		if n == len(b) {
			return
		}
		p.leaf(KindPoint, protocol.RoleNone, wire.Span{Start: s.Start + n, End: s.Start + n + 1})
		n++
	}
	word := wire.Span{Start: s.Start + n, End: s.End}
	row := protocol.Lookup(protocol.Section, word.Of(p.raw))
	switch {
	case word.Len() == 0:
		p.missing(wantSection)
		return
	case row == nil: // a later extension's
		p.leaf(KindAtom, protocol.RoleNone, word)
		return
	}
	w := p.leaf(KindWord, protocol.RoleNone, word)
	w.Word = protocol.Section
	if row.InPart && n == 0 {
		p.fail(w, wantPart)
	}
	old := p.row
	p.row = row
	p.series(row.Args, endSection, false)
	p.row = old
}

// partLen returns the length of the part number that b begins with: all of b, or what is
// before a point and something else.
func partLen(b []byte) int {
	n := 0
	for n < len(b) {
		d := n
		for d < len(b) && isDigit(b[d]) {
			d++
		}
		if d == n || d < len(b) && b[d] != '.' {
			break
		}
		if n = d; n == len(b) {
			return n
		}
		n++ // the point
	}
	return max(n-1, 0)
}

// origin parses the range of bytes after a section: "<0.512>" in a request, "<0>" in a
// response (RFC 3501, "9. Formal Syntax", pp. 85 and 88).
func (p *Parser) origin() {
	s := p.lex.Until(endInList)
	if s.Len() == 0 {
		return
	}
	b := s.Of(p.raw)
	end := len(b) - 1
	point := bytes.IndexByte(b, '.')
	if point < 0 {
		point = end
	}
	if b[0] != '<' || b[end] != '>' || end < 2 || !isNumber(b[1:point]) || point != end && !isNumber(b[point+1:end]) {
		p.fail(p.leaf(KindAtom, protocol.RoleNone, s), wantOrigin)
		return
	}
	at := func(from, to int) wire.Span { return wire.Span{Start: s.Start + from, End: s.Start + to} }
	p.leaf(KindPoint, protocol.RoleNone, at(0, 1))
	p.leaf(KindNumber, protocol.RoleOrigin, at(1, point))
	if point != end {
		p.leaf(KindPoint, protocol.RoleNone, at(point, point+1))
		p.leaf(KindNumber, protocol.RoleSize, at(point+1, end))
	}
	p.leaf(KindPoint, protocol.RoleNone, at(end, end+1))
}

// punct parses c as a leaf, if it comes next.
func (p *Parser) punct(c byte, k Kind) bool {
	at := p.lex.Pos()
	if !p.lex.Byte(c) {
		return false
	}
	p.leaf(k, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
	return true
}
