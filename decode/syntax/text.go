package syntax

import (
	"imapscope/decode/protocol"
	"imapscope/decode/wire"
)

// textLine parses the space and the text after a status.
func (p *Parser) textLine() {
	if p.lex.Done() || p.lex.Peek() != ' ' {
		p.missing(wantText)
		return
	}
	at := p.lex.Pos()
	p.lex.Byte(' ')
	p.leaf(KindSP, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
	p.text()
}

// text parses human-readable text up to the end of the line (TEXT_LINE, p. 9), and a
// response code before it, such as the "[READ-WRITE]" of SELECT (p. 11).
func (p *Parser) text() {
	if p.lex.Peek() == '[' {
		if p.code() && p.lex.Peek() == ' ' {
			at := p.lex.Pos()
			p.lex.Byte(' ')
			p.leaf(KindSP, protocol.RoleNone, wire.Span{Start: at, End: at + 1})
		}
	}
	p.plain()
}

// plain parses the rest as text.
func (p *Parser) plain() {
	for !p.lex.Done() {
		if !p.literal(protocol.RoleNone) {
			p.leaf(KindText, protocol.RoleNone, p.lex.Rest())
		}
	}
}

// code parses "[" name arguments "]", if that comes next; text may also begin with
// a bracket that has no meaning.
func (p *Parser) code() bool {
	save := p.lex
	mark := p.mark()
	open := p.lex.Pos()
	p.lex.Byte('[')
	name := p.lex.Until(endInCode)
	c := p.lex.Peek()
	if name.Len() == 0 || c != ' ' && c != ']' {
		p.lex = save
		return false
	}
	end, plain := p.codeEnd()
	if end < 0 {
		p.lex = save
		return false
	}
	p.leaf(KindOpen, protocol.RoleNone, wire.Span{Start: open, End: open + 1})
	p.leaf(KindCodeName, protocol.RoleNone, name)
	old := p.lex.Limit(end)
	if plain {
		p.blank()
		if s := p.lex.Rest(); s.Len() > 0 {
			p.leaf(KindText, protocol.RoleNone, s)
		}
	}
	if row := protocol.Lookup(protocol.Code, name.Of(p.raw)); row != nil && row.Args != nil {
		p.row = row
		p.series(row.Args, endInCode, false)
		p.row = nil
	}
	for !p.lex.Done() {
		if !p.blank() {
			p.value(protocol.RoleNone, endInCode)
		}
	}
	p.lex.Unlimit(old)
	p.punct(']', KindClose)
	p.close(mark, KindCode, protocol.RoleNone)
	return true
}

// codeEnd returns where the "]" of a response code is, or -1 if there is none. Plain
// reports whether the code cannot be parsed.
func (p *Parser) codeEnd() (end int, plain bool) {
	save := p.lex
	defer func() { p.lex = save }()
	depth, deepest := 0, 0
	first := -1 // the first "]" of all, quotes and parentheses aside
	for {
		p.lex.Until(endOfCode)
		at := p.lex.Pos()
		switch p.lex.Peek() {
		case ']':
			if first < 0 {
				first = at
			}
			if depth == 0 {
				return at, deepest > MaxDepth/2
			}
			p.lex.Byte(']')
		case '(':
			depth++
			deepest = max(deepest, depth)
			p.lex.Byte('(')
		case ')':
			p.lex.Byte(')')
			if depth--; depth < 0 {
				depth = 1 << 30
			}
		case '"':
			if _, closed := p.lex.Quoted(); !closed {
				return first, true
			}
		default:
			return first, true
		}
	}
}
